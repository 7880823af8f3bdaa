//! Which proxy stands between the client and a server, and where none does.

use std::net::IpAddr;

use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use ipnet::IpNet;
use url::{Host, Url};

use crate::config::{self, HttpConfig};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// The variables that may name a proxy.
const VARIABLES: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/// How a client's requests leave this machine.
pub(super) struct Way {
    /// The proxy of the configuration, or what the environment, or the system, says of proxies.
    proxy: Option<Matcher>,
    /// Whether it is the environment that names it.
    environment: bool,
    exceptions: Vec<Exception>,
}

/// A place that is reached without the proxy.
#[derive(Debug, Clone, PartialEq)]
struct Exception {
    place: Place,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    All,
    /// A name, and all names below it.
    Name(String),
    Range(IpNet),
}

impl Way {
    pub(super) fn of(config: &HttpConfig) -> Result<Self> {
        let proxy = config.proxy.as_deref().filter(|text| !text.is_empty());
        let user = config.proxy_username.as_deref().filter(|text| !text.is_empty());
        let (proxy, environment) = match proxy {
            Some("none") => (None, false),
            Some(text) => (Some(explicit(text, user, config.proxy_password.as_ref())?), false),
            None => (None, true),
        };
        for (field, given) in [
            ("http.proxy_username", user.is_some()),
            ("http.proxy_password", config.proxy_password.is_some()),
            ("http.no_proxy", !config.no_proxy.is_empty()),
        ] {
            if given && proxy.is_none() {
                let message = format!("`{field}` is of no use without a proxy in `http.proxy`");
                return Err(Error::new(Code::Config, message).with("field", field));
            }
        }
        if config.proxy_password.is_some() && user.is_none() {
            let message = "`http.proxy_password` is of no use without `http.proxy_username`";
            return Err(Error::new(Code::Config, message).with("field", "http.proxy_password"));
        }
        let mut exceptions = Vec::new();
        for (index, text) in config.no_proxy.iter().enumerate() {
            exceptions.push(Exception::of(text).ok_or_else(|| {
                let message = format!(
                    "`http.no_proxy[{index}]` must be a name, an address or a range of addresses, with a port or without, or `*`"
                );
                Error::new(Code::Config, message).with("field", "http.no_proxy")
            })?);
        }
        if environment {
            // What makes no sense there excepts nothing, as everywhere.
            let text = variable("NO_PROXY").unwrap_or_default();
            exceptions.extend(text.split(',').filter_map(Exception::of));
        }
        Ok(Self { proxy: proxy.or_else(|| environment.then(Matcher::from_system)), environment, exceptions })
    }

    /// The proxy that a request uses, whose URL is given in two forms: only its origin counts. This machine itself is never asked for through one
    /// that only the environment names.
    pub(super) fn proxy(&self, url: &Url, uri: &Uri) -> Option<Intercept> {
        let matcher = self.proxy.as_ref()?;
        if self.environment && config::is_loopback(url) {
            return None;
        }
        matcher.intercept(uri).filter(|_| !self.exceptions.iter().any(|exception| exception.holds(url)))
    }
}

/// The passwords of the proxies that the environment names.
pub fn passwords_in_environment() -> impl Iterator<Item = Secret> {
    VARIABLES.into_iter().filter_map(variable).filter_map(|text| {
        let url = Url::parse(&text).ok()?;
        Some(Secret::new(url.password()?.to_owned()))
    })
}

/// A variable by its name in capitals or, which comes first, in small letters.
fn variable(name: &str) -> Option<String> {
    std::env::var(name.to_ascii_lowercase()).or_else(|_| std::env::var(name)).ok()
}

fn explicit(text: &str, user: Option<&str>, password: Option<&Secret>) -> Result<Matcher> {
    let wrong = |why: &str| {
        Error::new(Code::Config, format!("`http.proxy` {why}; it should look like \"http://proxy:3128\""))
            .with("field", "http.proxy")
    };
    let mut url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || url.host_str().unwrap_or_default().is_empty()
    {
        return Err(wrong("must begin with http://, https://, socks5:// or socks5h:// and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "must not hold a user name or password: give `http.proxy_username` and `http.proxy_password`",
        ));
    }
    if let Some(user) = user {
        let named = url.set_username(user).and_then(|()| url.set_password(password.map(Secret::expose)));
        named.map_err(|()| wrong("takes no user name"))?;
    }
    let matcher = Matcher::builder().all(url.as_str()).build();
    // One that it does not understand would be passed by.
    match matcher.intercept(&Uri::from_static("http://service.invalid")) {
        Some(_) => Ok(matcher),
        None => Err(wrong("cannot be used")),
    }
}

impl Exception {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self { place: Place::All, port: None });
        }
        // An address of IPv6 has colons of its own: with a port it stands in brackets.
        let (place, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, "")) => (address, None),
            Some((address, rest)) => (address, Some(rest.strip_prefix(':')?)),
            None if text.matches(':').count() == 1 => text.split_once(':').map(|(place, port)| (place, Some(port)))?,
            None => (text, None),
        };
        let port = port.map(str::parse).transpose().ok()?;
        let place = match (place.parse::<IpNet>(), place.parse::<IpAddr>()) {
            (Ok(range), _) => Place::Range(range),
            (_, Ok(address)) => Place::Range(address.into()),
            _ => Place::Name(name(place)?),
        };
        Some(Self { place, port })
    }

    fn holds(&self, url: &Url) -> bool {
        if self.port.is_some() && self.port != url.port_or_known_default() {
            return false;
        }
        match (&self.place, url.host()) {
            (Place::All, _) => true,
            (Place::Name(name), Some(Host::Domain(host))) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Place::Range(range), Some(Host::Ipv4(address))) => range.contains(&IpAddr::V4(address)),
            (Place::Range(range), Some(Host::Ipv6(address))) => range.contains(&IpAddr::V6(address)),
            _ => false,
        }
    }
}

/// A name as it is compared: `.example.com` and `*.example.com` mean `example.com`, as everywhere.
fn name(text: &str) -> Option<String> {
    let name = text.strip_prefix("*.").unwrap_or(text).trim_matches('.').to_ascii_lowercase();
    let fits =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(exception: &str, url: &str) -> bool {
        Exception::of(exception).unwrap().holds(&Url::parse(url).unwrap())
    }

    #[test]
    fn exceptions_are_names_with_all_below_them_and_ranges_with_a_port_or_without() {
        for (exception, yes, no) in [
            ("*", "https://a.example", "http://b.example:1"),
            ("example.com", "https://example.com", "https://notexample.com"),
            (".example.com", "https://deep.below.Example.com:8443", "https://example.com.org"),
            ("*.example.com", "http://a.example.com.", "http://example.co"),
            ("example.com:8443", "https://a.example.com:8443", "https://a.example.com"),
            ("example.com:443", "https://example.com", "http://example.com"),
            ("10.0.0.0/8", "http://10.255.1.2", "http://11.0.0.1"),
            ("192.0.2.7", "http://192.0.2.7", "http://192.0.2.8"),
            ("192.0.2.0/24:8080", "http://192.0.2.9:8080", "http://192.0.2.9"),
            ("2001:db8::/32", "http://[2001:db8::1]", "http://[2001:db9::1]"),
            ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080", "http://[2001:db8::1]"),
        ] {
            assert!(holds(exception, yes), "{exception} holds for {yes}");
            assert_eq!(holds(exception, no), exception == "*", "{exception} for {no}");
        }
    }

    #[test]
    fn what_is_no_place_is_no_exception() {
        for text in
            ["", " ", ".", "a b", "example.com:port", "example.com:70000", "10.0.0.0/33", "[::1", "http://a.example"]
        {
            assert_eq!(Exception::of(text), None, "{text:?}");
        }
    }
}
