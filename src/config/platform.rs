//! Where the platform is: the checks on `base_url`.

use url::{Host, Url};

use super::ClientConfig;
use crate::error::{Code, Error};

/// The platform's URL, checked, without a slash at its end.
pub fn base_url(config: &ClientConfig) -> Result<Url, Error> {
    let Some(text) = config.base_url.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Err(Error::new(
            Code::ConfigMissing,
            "`base_url` is missing: set it in the configuration, for example \"https://kei.example.com\", or in KEI_API_URL",
        ));
    };
    let wrong = |why: &str| Err(Error::new(Code::Config, format!("`base_url` {why}")).with("field", "base_url"));
    let mut url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(error) => {
            return wrong(&format!("is not a URL ({error}); it should look like \"https://kei.example.com\""));
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("must begin with https:// (or http:// on this machine)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not hold a user name, password or token; give credentials in `auth` instead");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("must end with its path: it has a query or a fragment");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a URL's host is this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Url, Error> {
        base_url(&ClientConfig { base_url: Some(text.to_owned()), ..ClientConfig::default() })
    }

    #[test]
    fn a_good_base_url_is_taken_without_its_last_slash() {
        assert_eq!(check("https://a.example/kei/").unwrap().path(), "/kei");
        assert_eq!(check("http://127.0.0.1:8080").unwrap().port(), Some(8080));
    }

    #[test]
    fn a_bad_base_url_says_what_would_be_right_and_repeats_no_secret() {
        let error = check("https://user:hunter2@a.example").unwrap_err();
        assert!(error.message.contains("give credentials in `auth`"));
        assert!(!error.to_json().contains("hunter2"));
        assert_eq!(check("").unwrap_err().code, Code::ConfigMissing);
        assert_eq!(check("a.example").unwrap_err().code, Code::Config);
        assert_eq!(check("ftp://a.example").unwrap_err().code, Code::Config);
        assert_eq!(check("https://a.example/?x=1").unwrap_err().code, Code::Config);
    }
}
