//! Connections that did not show the token yet: few, and not for long.
//!
//! Without a token every program of this machine is as good as any other. With one, the ports may be such as other machines
//! reach, and then places are what an unknown one could take from the known ones by opening connections and saying nothing.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::Limits;

/// Who waits at the door.
#[derive(Debug)]
pub(crate) struct Strangers {
    most: usize,
    most_of_one: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of them; leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Stranger {
    at: Arc<Strangers>,
    address: IpAddr,
}

impl Strangers {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        let waiting = Mutex::default();
        Arc::new(Self { most: limits.strangers, most_of_one: limits.strangers_per_address, waiting })
    }

    /// Lets one more wait, if there is room.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Stranger> {
        let address = network(peer);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.all >= self.most || waiting.by_address.get(&address).is_some_and(|own| *own >= self.most_of_one) {
            return None;
        }
        waiting.all += 1;
        *waiting.by_address.entry(address).or_default() += 1;
        Some(Stranger { at: Arc::clone(self), address })
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut waiting = self.at.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.all -= 1;
        let is_last = waiting.by_address.get_mut(&self.address).is_some_and(|own| {
            *own -= 1;
            *own == 0
        });
        if is_last {
            waiting.by_address.remove(&self.address);
        }
    }
}

/// What one peer can have many of counts as one.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strangers(most: usize, most_of_one: usize) -> Arc<Strangers> {
        Strangers::new(&Limits { strangers: most, strangers_per_address: most_of_one, ..Limits::default() })
    }

    fn peer(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_takes_all_the_room_and_who_leaves_makes_some() {
        let all = strangers(3, 2);
        let first = all.admit(peer("192.0.2.1")).unwrap();
        let second = all.admit(peer("192.0.2.1")).unwrap();
        assert!(all.admit(peer("192.0.2.1")).is_none());
        let other = all.admit(peer("192.0.2.2")).unwrap();
        assert!(all.admit(peer("192.0.2.3")).is_none());
        drop(other);
        assert!(all.admit(peer("192.0.2.3")).is_some());
        drop((first, second));
        assert!(all.waiting.lock().unwrap().by_address.is_empty() && all.waiting.lock().unwrap().all == 0);
    }

    #[test]
    fn a_network_counts_as_one_and_an_address_is_the_same_in_both_families() {
        let all = strangers(9, 1);
        let _one = all.admit(peer("2001:db8::1")).unwrap();
        assert!(all.admit(peer("2001:db8::ffff:1")).is_none());
        let _next = all.admit(peer("2001:db8:0:1::1")).unwrap();
        let _four = all.admit(peer("::ffff:192.0.2.1")).unwrap();
        assert!(all.admit(peer("192.0.2.1")).is_none());
    }
}
