//! Expectations, resolved to what the kernel counts.

use thalweg_flow::{self as flow, Metric, Subject};

use super::names::Compiler;
use super::{Channel, Consumer, CountOf, Expectation, Group, LatencyOf, Measure, Place, Statistic};

/// What an expectation is about, as indices.
enum Where {
    Flow,
    Place(Place),
    Group(u32),
}

impl Compiler<'_> {
    pub(crate) fn expectations(
        &mut self,
        list: &[flow::Expectation],
        channels: &[Channel],
        groups: &mut [Group],
        consumers: &[Consumer],
    ) -> Vec<Expectation> {
        let mut expectations = Vec::new();
        for (i, expectation) in list.iter().enumerate() {
            let flow::Expectation { text, metric, subject, comparison, value } = expectation;
            let path = format!("scenarios.{}.expect.{i}", self.scenario);
            let Some(place) = self.subject(&path, subject, channels, groups) else { continue };
            let Some(measure) = self.measure(&path, *metric, &place, channels, groups, consumers) else { continue };
            if let Measure::Latency { of: LatencyOf::Group(group), .. } = measure {
                groups[group as usize].measured = true;
            }
            expectations.push(Expectation { text: text.clone(), measure, comparison: *comparison, value: *value });
        }
        expectations
    }

    fn subject(&mut self, path: &str, subject: &Subject, channels: &[Channel], groups: &[Group]) -> Option<Where> {
        match subject {
            Subject::Flow | Subject::EndToEnd => Some(Where::Flow),
            Subject::Node(node) => {
                let place = self.place(node);
                if place.is_none() {
                    self.missing(path, node);
                }
                place.map(Where::Place)
            }
            Subject::Group { channel, group } => {
                let index = self.channel(path, channel)?;
                let own = channels[index as usize].groups.clone();
                let found = own.into_iter().find(|&g| groups[g as usize].names.iter().any(|name| name == group));
                if found.is_none() {
                    let message = format!("`{channel}` has no group `{group}`");
                    self.refusals.add(path, message, "name a group of a consumer that subscribes to it");
                }
                found.map(Where::Group)
            }
        }
    }

    fn measure(
        &mut self,
        path: &str,
        metric: Metric,
        place: &Where,
        channels: &[Channel],
        groups: &[Group],
        consumers: &[Consumer],
    ) -> Option<Measure> {
        let measure = match metric {
            Metric::Mean => latency(place, Statistic::Mean, channels),
            Metric::P50 => latency(place, Statistic::Quantile(0.5), channels),
            Metric::P90 => latency(place, Statistic::Quantile(0.9), channels),
            Metric::P95 => latency(place, Statistic::Quantile(0.95), channels),
            Metric::P99 => latency(place, Statistic::Quantile(0.99), channels),
            Metric::P999 => latency(place, Statistic::Quantile(0.999), channels),
            Metric::Max => latency(place, Statistic::Max, channels),
            Metric::Throughput => Some(Measure::Throughput(count_of(place))),
            Metric::Lag => groups_of(place, channels, groups, consumers).map(Measure::Lag),
            Metric::Depth => queues_of(place, channels).map(Measure::Depth),
            Metric::DeadLetters => match place {
                Where::Group(_) | Where::Place(Place::Producer(_) | Place::Service(_)) => None,
                _ => Some(Measure::DeadLetters(count_of(place))),
            },
            Metric::Retries => handled_by(place, groups, consumers).map(Measure::Retries),
            Metric::Duplicates => handled_by(place, groups, consumers).map(Measure::Duplicates),
            Metric::Lost => match place {
                Where::Place(Place::Producer(_) | Place::Service(_)) => None,
                _ => Some(Measure::Lost(count_of(place))),
            },
            Metric::Utilization => match place {
                Where::Place(Place::Consumer(consumer)) => Some(Measure::UtilizationOfConsumer(*consumer)),
                Where::Place(Place::Service(service)) => Some(Measure::UtilizationOfService(*service)),
                _ => None,
            },
            Metric::Recovered => groups_of(place, channels, groups, consumers).map(Measure::Recovered),
            Metric::Cost => {
                self.refusals.not_yet(path, "`cost`");
                return None;
            }
        };
        if measure.is_none() {
            self.refusals.add(
                path,
                "this metric cannot be measured there",
                "latencies: end_to_end, a consumer, a service, channel/group; lag and recovered: a channel or \
                 channel/group; depth: a queue; utilization: a consumer or a service; counts: the flow or a consumer",
            );
        }
        measure
    }
}

fn latency(place: &Where, statistic: Statistic, channels: &[Channel]) -> Option<Measure> {
    let of = match place {
        Where::Flow => LatencyOf::EndToEnd,
        Where::Place(Place::Consumer(consumer)) => LatencyOf::Consumer(*consumer),
        Where::Place(Place::Service(service)) => LatencyOf::Service(*service),
        Where::Place(Place::Channel(channel)) => {
            let own = &channels[*channel as usize].groups;
            LatencyOf::Group((own.len() == 1).then_some(own.start)?)
        }
        Where::Group(group) => LatencyOf::Group(*group),
        Where::Place(Place::Producer(_)) => return None,
    };
    Some(Measure::Latency { of, statistic })
}

/// Where attempts are counted: a group's are those of its only member, if that has no other group.
fn handled_by(place: &Where, groups: &[Group], consumers: &[Consumer]) -> Option<CountOf> {
    match place {
        Where::Flow => Some(CountOf::Flow),
        Where::Place(Place::Consumer(consumer)) => Some(CountOf::Consumer(*consumer)),
        Where::Group(group) => match groups[*group as usize].members[..] {
            [only] if consumers[only as usize].subscriptions.len() == 1 => Some(CountOf::Consumer(only)),
            _ => None,
        },
        Where::Place(_) => None,
    }
}

fn count_of(place: &Where) -> CountOf {
    match place {
        Where::Flow => CountOf::Flow,
        Where::Place(Place::Producer(index)) => CountOf::Producer(*index),
        Where::Place(Place::Channel(index)) => CountOf::Channel(*index),
        Where::Place(Place::Consumer(index)) => CountOf::Consumer(*index),
        Where::Place(Place::Service(index)) => CountOf::Service(*index),
        Where::Group(index) => CountOf::Group(*index),
    }
}

fn groups_of(place: &Where, channels: &[Channel], groups: &[Group], consumers: &[Consumer]) -> Option<Vec<u32>> {
    match place {
        Where::Flow => Some((0..groups.len() as u32).collect()),
        Where::Group(group) => Some(vec![*group]),
        Where::Place(Place::Channel(channel)) => Some(channels[*channel as usize].groups.clone().collect()),
        Where::Place(Place::Consumer(consumer)) => {
            Some(consumers[*consumer as usize].subscriptions.iter().map(|s| s.group).collect())
        }
        Where::Place(Place::Producer(_) | Place::Service(_)) => None,
    }
}

fn queues_of(place: &Where, channels: &[Channel]) -> Option<Vec<u32>> {
    match place {
        Where::Flow => Some((0_u32..).zip(channels).filter(|(_, c)| c.is_queue).map(|(index, _)| index).collect()),
        Where::Place(Place::Channel(channel)) if channels[*channel as usize].is_queue => Some(vec![*channel]),
        _ => None,
    }
}
