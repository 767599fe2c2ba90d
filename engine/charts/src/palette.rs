//! The colours of the window's two themes, for drawings that leave it.
//!
//! The values are those of the window's tokens (`ui/styles/tokens.css`).

/// A colour, red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// As CSS writes it: `#4cc2d4`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    const fn of(hex: u32) -> Self {
        Colour((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
    }
}

/// What a colour stands for; the same in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// What is looked at.
    Accent,
    /// Sources of events.
    Producer,
    /// Where events wait.
    Channel,
    /// What handles events.
    Consumer,
    /// What is called.
    Service,
    /// Dead letters and failures.
    Dead,
}

/// A theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The ground that drawings lie on.
    pub ground: Colour,
    /// A raised ground: cards, table heads.
    pub raised: Colour,
    /// Thin lines.
    pub line: Colour,
    /// Text.
    pub ink: Colour,
    /// Quieter text.
    pub ink_2: Colour,
    /// The quietest text, still readable (4.5 to 1 against the ground).
    pub ink_3: Colour,
    /// [`Hue::Accent`].
    pub accent: Colour,
    /// [`Hue::Producer`]; also what held.
    pub producer: Colour,
    /// [`Hue::Channel`]; also warnings.
    pub channel: Colour,
    /// [`Hue::Consumer`].
    pub consumer: Colour,
    /// [`Hue::Service`].
    pub service: Colour,
    /// [`Hue::Dead`].
    pub dead: Colour,
}

impl Palette {
    /// Dark water.
    pub const DARK: Palette = Palette {
        ground: Colour::of(0x14_1b22),
        raised: Colour::of(0x1a_232c),
        line: Colour::of(0x2a_3843),
        ink: Colour::of(0xe8_eef3),
        ink_2: Colour::of(0xa4_b4c0),
        ink_3: Colour::of(0x83_95a3),
        accent: Colour::of(0x4c_c2d4),
        producer: Colour::of(0x63_c78f),
        channel: Colour::of(0xe0_b154),
        consumer: Colour::of(0x72_a7f5),
        service: Colour::of(0xb1_91e6),
        dead: Colour::of(0xf0_716a),
    };

    /// The same in daylight.
    pub const LIGHT: Palette = Palette {
        ground: Colour::of(0xff_ffff),
        raised: Colour::of(0xf4_f7f9),
        line: Colour::of(0xd9_e1e7),
        ink: Colour::of(0x16_222b),
        ink_2: Colour::of(0x4a_5d6a),
        ink_3: Colour::of(0x60_717f),
        accent: Colour::of(0x0d_7f92),
        producer: Colour::of(0x2d_8a57),
        channel: Colour::of(0xa8_7410),
        consumer: Colour::of(0x2f_6bd0),
        service: Colour::of(0x7a_4fc4),
        dead: Colour::of(0xc9_372f),
    };

    /// CSS that shows drawings made with this palette in another one where the viewer prefers the dark. A rule outweighs
    /// the attribute that it selects by (SVG 2, "Presentation attributes").
    pub(crate) fn turned_into(&self, other: &Palette) -> String {
        let rules: String = self
            .colours()
            .into_iter()
            .zip(other.colours())
            .flat_map(|(from, to)| {
                // plotters writes upper case, and attribute values are compared by case.
                let (from, to) = (from.css().to_uppercase(), to.css());
                ["fill", "stroke"].map(|property| format!("[{property}=\"{from}\"]{{{property}:{to}}}"))
            })
            .collect();
        format!("@media (prefers-color-scheme:dark){{{rules}}}")
    }

    fn colours(&self) -> [Colour; 12] {
        [
            self.ground,
            self.raised,
            self.line,
            self.ink,
            self.ink_2,
            self.ink_3,
            self.accent,
            self.producer,
            self.channel,
            self.consumer,
            self.service,
            self.dead,
        ]
    }

    /// The colour of a hue.
    pub fn hue(&self, hue: Hue) -> Colour {
        match hue {
            Hue::Accent => self.accent,
            Hue::Producer => self.producer,
            Hue::Channel => self.channel,
            Hue::Consumer => self.consumer,
            Hue::Service => self.service,
            Hue::Dead => self.dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(Colour(r, g, b): Colour) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
    }

    fn contrast(a: Colour, b: Colour) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_and_lines_can_be_seen() {
        for palette in [Palette::DARK, Palette::LIGHT] {
            for ink in [palette.ink, palette.ink_2, palette.ink_3] {
                assert!(contrast(ink, palette.ground) >= 4.5, "{} on {}", ink.css(), palette.ground.css());
                assert!(contrast(ink, palette.raised) >= 4.5, "{} on {}", ink.css(), palette.raised.css());
            }
            for hue in [Hue::Accent, Hue::Producer, Hue::Channel, Hue::Consumer, Hue::Service, Hue::Dead] {
                assert!(contrast(palette.hue(hue), palette.ground) >= 3.0, "{hue:?} {}", palette.hue(hue).css());
            }
        }
    }

    #[test]
    fn no_two_names_share_a_colour() {
        // Else the style that turns a drawing dark could not tell them apart.
        for palette in [Palette::DARK, Palette::LIGHT] {
            let colours = palette.colours();
            for (i, colour) in colours.iter().enumerate() {
                assert!(!colours[..i].contains(colour), "{}", colour.css());
            }
        }
    }

    #[test]
    fn colours_are_written_as_css() {
        assert_eq!(Palette::DARK.accent.css(), "#4cc2d4");
        assert_eq!(Colour(0, 10, 255).css(), "#000aff");
    }
}
