//! Names that this server answers to, so that no other site can make a browser talk to it under a name of its own
//! (DNS rebinding).

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A configured name that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{given:?} is no host name: give names as they stand in addresses, without scheme and port, such as \
     runstow.example.org; *.example.org for all below a domain; * for any"
)]
pub struct BadHost {
    given: String,
}

/// The names in addresses that are answered: IP addresses, names without a dot, `localhost`, the machine's own name in its
/// own domains, and what is configured.
///
/// A site that wants to rebind a name to this machine needs a name below a domain of its own, and that has a dot.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    any: bool,
    names: Vec<String>,
    /// Domains, each with the dot before it.
    below: Vec<String>,
}

impl Default for AllowedHosts {
    fn default() -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().to_lowercase();
        let domains =
            fs::read_to_string("/etc/resolv.conf").map(|text| search_domains(&text)).unwrap_or_default();
        Self::of_machine(&host, &domains)
    }
}

impl AllowedHosts {
    /// The machine's own names and these.
    ///
    /// # Errors
    /// When one is no name, or has a scheme or a port.
    pub fn new<T: AsRef<str>>(configured: &[T]) -> Result<Self, BadHost> {
        let mut allowed = Self::default();
        for given in configured.iter().map(AsRef::as_ref) {
            allowed.add(given).ok_or_else(|| BadHost { given: given.to_owned() })?;
        }
        Ok(allowed)
    }

    fn of_machine(host: &str, domains: &[String]) -> Self {
        let mut names = vec![host.to_owned(), format!("{host}.local")];
        names.extend(domains.iter().map(|domain| format!("{host}.{domain}")));
        Self { any: false, names, below: vec![".localhost".to_owned()] }
    }

    fn add(&mut self, given: &str) -> Option<()> {
        if given == "*" {
            self.any = true;
            return Some(());
        }
        let name = plain(given.strip_prefix("*.").unwrap_or(given));
        let good = !name.is_empty()
            && name.split('.').all(|label| !label.is_empty())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        // Addresses are answered anyway.
        let address = given.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
        match (good, given.starts_with("*.")) {
            (true, true) => self.below.push(format!(".{name}")),
            (true, false) => self.names.push(name),
            (false, _) if address => {}
            (false, _) => return None,
        }
        Some(())
    }

    /// Is this one of our names? As in a `Host` header, without the port.
    pub(super) fn allow(&self, host: &str) -> bool {
        let name = plain(host);
        let ipv6 = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.any
            || !name.contains(['.', ':'])
            || name.parse::<Ipv4Addr>().is_ok()
            || ipv6.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
            || self.names.contains(&name)
            || self.below.iter().any(|domain| name.len() > domain.len() && name.ends_with(domain.as_str()))
    }
}

/// Lower case, and without the dot that may end a full name.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The domains in which the machine looks for short names.
fn search_domains(resolv_conf: &str) -> Vec<String> {
    let mut domains = Vec::new();
    for line in resolv_conf.lines() {
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("search" | "domain")) {
            domains.extend(words.map(plain).filter(|domain| !domain.is_empty()));
        }
    }
    domains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_answered_and_those_of_others_are_not() {
        let domains =
            search_domains("# made by hand\nnameserver 10.0.0.1\nsearch lab.example.org Example.ORG. .\n");
        let mut allowed = AllowedHosts::of_machine("ts1", &domains);
        for name in ["runstow.example.net", "*.seq.example.net", "10.0.0.1", "[::1]"] {
            assert!(allowed.add(name).is_some(), "{name}");
        }
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "[::1]",
            "[2001:db8::1]",
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "ts1",
            "runstow",
            "ts1.local",
            "ts1.lab.example.org",
            "TS1.example.org",
            "runstow.example.net",
            "a.seq.example.net",
            "a.b.seq.example.net",
        ] {
            assert!(allowed.allow(own), "{own}");
        }
        for other in [
            "evil.example",
            "ts1.evil.example",
            "127.0.0.1.evil.example",
            "xlocalhost.evil",
            "runstow.example.net.evil.example",
            "notseq.example.net",
            ".seq.example.net",
            "seq.example.net",
            "[::1",
            "1.2.3",
        ] {
            assert!(!allowed.allow(other), "{other}");
        }
        allowed.add("*").unwrap();
        assert!(allowed.allow("evil.example"));
    }

    #[test]
    fn what_is_no_name_is_refused_when_configured() {
        for bad in [
            "",
            "https://runstow.example.org",
            "runstow.example.org:443",
            "a..b",
            "*.",
            "a b",
            "*.*",
            "exa*mple.org",
        ] {
            let error = AllowedHosts::new(&[bad]).unwrap_err().to_string();
            assert!(error.contains("without scheme and port"), "{error}");
        }
    }
}
