//! Which of the palette's colours a service gets.

/// Colours that the styles know (`--trace-0` … `--trace-11`).
pub(super) const COLOURS: u8 = 12;

/// The colours of one trace's services.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ServiceColours(Vec<(String, u8)>);

impl ServiceColours {
    /// Every service takes the colour that its name stands for; when an earlier one of the same trace has it, the next free
    /// one. So a service looks the same wherever it can, and two of one trace differ as long as there are colours.
    pub(super) fn new(services: &[String]) -> Self {
        let mut taken: Vec<(String, u8)> = Vec::new();
        for service in services {
            if taken.iter().any(|(known, _)| known == service) {
                continue;
            }
            let wish = wish(service);
            let free = (0..COLOURS)
                .map(|step| (wish + step) % COLOURS)
                .find(|colour| !taken.iter().any(|(_, used)| used == colour));
            taken.push((service.clone(), free.unwrap_or(wish)));
        }
        ServiceColours(taken)
    }

    /// The colour of a service; none when the trace does not know it.
    pub(super) fn of(&self, service: &str) -> Option<u8> {
        self.0.iter().find(|(known, _)| known == service).map(|(_, colour)| *colour)
    }

    /// Services with their colours, in order of appearance.
    pub(super) fn all(&self) -> &[(String, u8)] {
        &self.0
    }
}

/// The colour that a name stands for, whatever else is shown: a hash (FNV-1a, 32 bit).
pub(crate) fn wish(service: &str) -> u8 {
    let hash = service.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash % u32::from(COLOURS)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("service-{i}")).collect()
    }

    #[test]
    fn services_of_a_trace_differ_while_there_are_colours() {
        let colours = ServiceColours::new(&names(12));
        let mut used: Vec<u8> = colours.all().iter().map(|(_, colour)| *colour).collect();
        used.sort_unstable();
        assert_eq!(used, (0..COLOURS).collect::<Vec<_>>());
        assert!(ServiceColours::new(&names(40)).all().iter().all(|(_, colour)| *colour < COLOURS));
    }

    #[test]
    fn the_first_service_has_the_colour_of_its_name() {
        let mut services = names(5);
        services.reverse();
        let colours = ServiceColours::new(&services);
        assert_eq!(colours.of("service-4"), Some(wish("service-4")));
        assert_eq!(colours.of("unknown"), None);
    }
}
