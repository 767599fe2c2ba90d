//! Who listens on a port we wanted, where the system tells.
//!
//! Linux only: `/proc/net/tcp` and `tcp6` give the listening socket's number, `/proc/*/fd` whose it is. Processes of other
//! users are not readable, and then nobody is named.

use std::fs;
use std::path::Path;

/// `name (process 1234)`, if it can be found out.
pub(crate) fn of_port(port: u16) -> Option<String> {
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .find_map(|table| listening_socket(&fs::read_to_string(table).ok()?, port).map(str::to_owned))?;
    let target = format!("socket:[{socket}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let id: u32 = process.file_name().to_str()?.parse().ok()?;
        holds(&process.path(), &target).then(|| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            format!("{} (process {id})", name.trim())
        })
    })
}

fn holds(process: &Path, target: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors
        .flatten()
        .any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|link| link.as_os_str() == target))
}

/// The inode of the listening socket in a table as <https://docs.kernel.org/networking/proc_net_tcp.html> describes it.
fn listening_socket(table: &str, port: u16) -> Option<&str> {
    const LISTEN: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, local_port) = fields.get(1)?.rsplit_once(':')?;
        let here = u16::from_str_radix(local_port, 16) == Ok(port) && fields.get(3) == Some(&LISTEN);
        here.then(|| fields.get(9).copied()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_socket_is_found_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:10DD 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 111 1\n   \
            1: 0100007F:10DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n";
        assert_eq!(listening_socket(table, 4317), Some("222"));
        assert_eq!(listening_socket(table, 4318), None);
        assert_eq!(listening_socket("nonsense\nmore : nonsense", 1), None);
    }
}
