//! Relations between spans: `{ … } >> { … }`.

use std::ops::Range;

use super::super::expr::{Expr, Relation};
use super::super::problem::Problem;
use super::super::token::Kind;
use super::super::value::shown;
use super::Parser;

/// Most relations of a filter: each is asked of whole traces.
const MAX_RELATIONS: usize = 32;

impl Parser<'_> {
    /// One or more sides in braces with relations between them, read from the left. A side alone may only be the whole filter:
    /// `{ a } and { b }` would be read as two spans by some and as one by others.
    pub(super) fn related(&mut self) -> Expr {
        let is_first = self.at == 0;
        let open = self.span();
        let mut expr = self.side();
        let mut alone = true;
        while let Some(relation) = self.relation() {
            alone = false;
            self.relations += 1;
            if self.relations == MAX_RELATIONS + 1 {
                self.tell(Problem::error(self.span(), format!("a filter has at most {MAX_RELATIONS} relations")));
            }
            if !self.is_sign("{") {
                let message = format!("`{{` is missing behind `{}`", relation.sign());
                self.tell(Problem::error(self.last_end()..self.span().end, message).help(
                    "both sides of a relation stand in braces, as in `{ service = shop } >> { status = error }`",
                ));
                return expr;
            }
            let right = self.side();
            // Nothing deeper than what is printed and asked.
            if self.relations <= MAX_RELATIONS {
                expr = Expr::Related(Box::new(expr), relation, Box::new(right));
            }
        }
        if alone && !(is_first && *self.kind() == Kind::End) {
            self.tell(Problem::error(open.start..self.last_end(), "these braces stand in no relation").help(
                "write `>>`, `>`, `~` or `->` between two of them; conditions on one span are grouped by parentheses",
            ));
        }
        expr
    }

    fn side(&mut self) -> Expr {
        let open = self.span();
        self.bump();
        let inner = if !self.enter() || self.is_sign("}") { Expr::And(Vec::new()) } else { self.either() };
        self.depth -= 1;
        self.close("}", &open);
        inner
    }

    /// The relation that stands here, passed over.
    fn relation(&mut self) -> Option<Relation> {
        let span = self.span();
        let Kind::Sign(sign) = self.kind() else { return None };
        let sign = *sign;
        if let Some(relation) = Relation::from_sign(sign) {
            self.bump();
            return Some(relation);
        }
        let relation = match sign {
            "<" => Relation::Child,
            "<<" => Relation::Descendant,
            _ => return None,
        };
        self.tell_turned(span, sign, relation);
        self.bump();
        Some(relation)
    }

    fn tell_turned(&mut self, span: Range<usize>, sign: &str, relation: Relation) {
        self.tell(
            Problem::error(span, format!("`{}` is no relation", shown(sign)))
                .help(format!("turn the sides around and write `{}` between them", relation.sign())),
        );
    }
}
