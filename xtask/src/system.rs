//! Which system this is, so far as it decides how packages are installed.

use std::fs;

/// A family of systems that name and install packages alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Debian, Ubuntu, Mint, …: `apt-get`.
    Debian,
    /// Fedora, RHEL, …: `dnf`.
    Fedora,
    /// Arch, Manjaro, …: `pacman`.
    Arch,
    /// openSUSE, SLE: `zypper`.
    Suse,
    /// Another Linux, or another Unix with GTK.
    OtherUnix,
    MacOs,
    Windows,
}

impl System {
    /// The system we run on.
    pub(crate) fn detect() -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            "linux" => Self::from_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
            _ => Self::OtherUnix,
        }
    }

    /// Reads the text of `/etc/os-release`: `ID` decides, else the first known name of `ID_LIKE`
    /// (os-release(5) orders it by closeness).
    fn from_os_release(text: &str) -> Self {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.trim().split_once('='))
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.trim_matches(['"', '\'']).to_lowercase())
                .unwrap_or_default()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        names.split_whitespace().find_map(Self::from_name).unwrap_or(Self::OtherUnix)
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" => Some(Self::Fedora),
            "arch" | "archlinux" => Some(Self::Arch),
            "suse" | "opensuse" | "sles" => Some(Self::Suse),
            name if name.starts_with("opensuse-") => Some(Self::Suse),
            _ => None,
        }
    }

    /// Whether windows are shown through X11 or Wayland here.
    pub(crate) fn needs_display_variable(self) -> bool {
        !matches!(self, Self::MacOs | Self::Windows)
    }
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn systems_are_known_by_their_os_release() {
        let cases = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", System::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("ID=fedora\n", System::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", System::Suse),
            ("ID=nixos\n", System::OtherUnix),
            ("", System::OtherUnix),
        ];
        for (text, system) in cases {
            assert_eq!(System::from_os_release(text), system, "{text}");
        }
    }
}
