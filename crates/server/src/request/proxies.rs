//! Proxies whose word counts: what they say of the client is believed, what others say is not.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// A configured proxy that is no address.
#[derive(Debug, thiserror::Error)]
#[error("{given:?} is neither an address nor a network: give such as 10.0.0.7, 10.0.0.0/24, ::1 or fd00::/8")]
pub struct BadProxy {
    given: String,
}

/// Addresses of reverse proxies. Only they may say for whom they ask.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses and networks.
    ///
    /// # Errors
    /// When one is neither.
    pub fn new<T: AsRef<str>>(configured: &[T]) -> Result<Self, BadProxy> {
        let network = |given: &T| {
            let given = given.as_ref();
            let read = given.parse::<IpNet>().or_else(|_| given.parse::<IpAddr>().map(IpNet::from));
            read.map_err(|_| BadProxy { given: given.to_owned() })
        };
        configured.iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Is this one of them?
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// For whom a request was sent on: each proxy adds at the end of `X-Forwarded-For` whom it heard, so what the nearest
    /// ones said is read from the end, up to the first that is not ours.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default());
        let named: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        let mut client = peer;
        for text in named.into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            let Some(before) = address(text) else { break };
            client = before;
        }
        client
    }
}

/// What a trusted proxy says in a header; of several words the first, which is about the client.
pub(super) fn word<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let word = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
    (!word.is_empty()).then_some(word)
}

/// An address, maybe with a port, brackets or quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || plain.parse::<SocketAddr>().ok().map(|address| address.ip());
    plain.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::new(&["127.0.0.1", "10.0.0.0/8", "fd00::/8"]).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_what_our_own_proxies_said_counts() {
        assert_eq!(client("192.0.2.1", &["203.0.113.7"]), "192.0.2.1", "a stranger may say what it likes");
        assert_eq!(client("127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            client("127.0.0.1", &["198.51.100.1, 203.0.113.7"]),
            "203.0.113.7",
            "the client made the first up"
        );
        assert_eq!(
            client("127.0.0.1", &["198.51.100.1", "203.0.113.7, 10.1.1.1"]),
            "203.0.113.7",
            "two proxies of ours"
        );
        assert_eq!(client("127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2", "nobody but us");
        assert_eq!(client("127.0.0.1", &["203.0.113.7, nonsense"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("fd00::1", &["\"[2001:db8::5]:4711\""]), "2001:db8::5");
        assert_eq!(client("10.0.0.9", &["203.0.113.7:80"]), "203.0.113.7");
        assert_eq!(client("10.0.0.9", &["::ffff:203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn what_is_no_network_is_refused_when_configured() {
        for bad in ["proxy.example.org", "10.0.0.0/33", ""] {
            assert!(TrustedProxies::new(&[bad]).unwrap_err().to_string().contains("neither an address"));
        }
    }
}
