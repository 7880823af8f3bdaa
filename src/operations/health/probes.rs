//! The checks that the configuration asks for: a disk, the memory, a URL, a TCP port.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

use crate::config::{CheckConfig, CheckKind, HealthConfig, ms};
use crate::error::{Code, Error, Result};
use crate::transport::{self, Exchange, HttpRequest};

/// A check, read.
pub(crate) struct Probe {
    pub(super) name: String,
    pub(super) critical: bool,
    pub(super) timeout: Duration,
    target: Target,
}

enum Target {
    Disk { path: String, free: u64 },
    Memory { free: u64 },
    Http(Url),
    Tcp(String),
}

/// Checks the checks.
pub(crate) fn read(config: &HealthConfig) -> Result<Vec<Probe>> {
    let mut probes: Vec<Probe> = Vec::with_capacity(config.checks.len());
    for (number, check) in config.checks.iter().enumerate() {
        let field = |name: &str| format!("health.checks[{number}].{name}");
        let taken =
            ["platform", "token"].contains(&check.name.as_str()) || probes.iter().any(|probe| probe.name == check.name);
        if check.name.trim().is_empty() || taken {
            let why = "must be a name that no other check has, and not `platform` or `token`";
            return Err(wrong(&field("name"), why));
        }
        probes.push(Probe {
            name: check.name.clone(),
            critical: check.critical,
            timeout: ms(check.timeout_ms),
            target: target(check, &field)?,
        });
    }
    Ok(probes)
}

fn wrong(field: &str, why: &str) -> Error {
    Error::new(Code::Config, format!("`{field}` {why}")).with("field", field)
}

fn target(check: &CheckConfig, field: &dyn Fn(&str) -> String) -> Result<Target> {
    let text = |name: &str, value: &Option<String>| {
        let value = value.clone().filter(|value| !value.trim().is_empty());
        value.ok_or_else(|| wrong(&field(name), "is missing: this type of check needs it"))
    };
    let free = || {
        let free = check.min_free_bytes;
        free.ok_or_else(|| wrong(&field("min_free_bytes"), "is missing: this type of check needs it"))
    };
    let used: &[&str] = match check.kind {
        CheckKind::Disk => &["path", "min_free_bytes"],
        CheckKind::Memory => &["min_free_bytes"],
        CheckKind::Http => &["url"],
        CheckKind::Tcp => &["address"],
    };
    let given = [
        ("path", check.path.is_some()),
        ("min_free_bytes", check.min_free_bytes.is_some()),
        ("url", check.url.is_some()),
        ("address", check.address.is_some()),
    ];
    // Taken for used, it would make one feel safe.
    if let Some((name, _)) = given.iter().find(|(name, given)| *given && !used.contains(name)) {
        return Err(wrong(&field(name), "is of no use for this type of check"));
    }
    Ok(match check.kind {
        CheckKind::Disk => Target::Disk { path: text("path", &check.path)?, free: free()? },
        CheckKind::Memory => Target::Memory { free: free()? },
        CheckKind::Http => {
            let url = Url::parse(&text("url", &check.url)?).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let why = "must be a whole URL of http or https, without a user or a password in it";
            let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
            Target::Http(url.ok_or_else(|| wrong(&field("url"), why))?)
        }
        CheckKind::Tcp => {
            let address = text("address", &check.address)?;
            let port =
                address.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>()));
            if port.is_none_or(|port| port.is_err()) {
                return Err(wrong(&field("address"), "must be a host and a port, for example `db.example.com:5432`"));
            }
            Target::Tcp(address)
        }
    })
}

impl Probe {
    /// Looks once.
    pub(super) async fn look(&self, http: &dyn Exchange) -> Result<()> {
        match &self.target {
            Target::Disk { path, free } => enough("the disk", disk(path.clone()).await?, *free),
            Target::Memory { free } => enough("the memory", memory().await?, *free),
            Target::Http(url) => {
                let request = HttpRequest {
                    method: Method::GET,
                    url: url.clone().into(),
                    headers: HeaderMap::new(),
                    body: bytes::Bytes::new(),
                    timeout: self.timeout,
                    max_answer_bytes: 1 << 20,
                    upgrade: false,
                    leg: None,
                };
                let status = http.send(request).await.map_err(Error::from)?.status;
                let why = || format!("{} answered {}", transport::origin(url), status.as_u16());
                if status.is_success() { Ok(()) } else { Err(Error::new(Code::Remote, why())) }
            }
            Target::Tcp(address) => tokio::net::TcpStream::connect(address)
                .await
                .map(drop)
                .map_err(|error| Error::new(Code::Connect, format!("{address} took no connection: {error}"))),
        }
    }
}

fn enough(what: &str, free: u64, wanted: u64) -> Result<()> {
    if free >= wanted {
        return Ok(());
    }
    Err(Error::new(Code::Overloaded, format!("{what} has {free} bytes free, and should have {wanted}")))
}

/// Runs what may wait for the system elsewhere.
#[cfg(unix)]
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let fault = |_| Error::new(Code::Panic, "a fault in the library ended the check");
    tokio::task::spawn_blocking(work).await.map_err(fault)?
}

#[cfg(unix)]
async fn disk(path: String) -> Result<u64> {
    aside(move || {
        let found = rustix::fs::statvfs(path.as_str())
            .map_err(|error| Error::new(Code::ConfigFile, format!("{path} cannot be looked at ({error})")))?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    })
    .await
}

#[cfg(not(unix))]
async fn disk(_: String) -> Result<u64> {
    Err(Error::new(Code::Unsupported, "how full a disk is cannot be told on this system"))
}

#[cfg(target_os = "linux")]
async fn memory() -> Result<u64> {
    aside(|| {
        let unknown = || {
            Error::new(Code::Unsupported, "how much memory is free cannot be told: /proc/meminfo has no MemAvailable")
        };
        let text = std::fs::read_to_string("/proc/meminfo").map_err(|_| unknown())?;
        let machine = available(&text).ok_or_else(unknown)?;
        // A container may have less than its machine (cgroup version 2).
        let group = |name: &str| {
            let text = std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?;
            text.trim().parse::<u64>().ok()
        };
        let left = group("max").zip(group("current")).map(|(most, used)| most.saturating_sub(used));
        Ok(left.map_or(machine, |left| left.min(machine)))
    })
    .await
}

#[cfg(not(target_os = "linux"))]
async fn memory() -> Result<u64> {
    Err(Error::new(Code::Unsupported, "how much memory is free cannot be told on this system"))
}

/// The bytes that `/proc/meminfo` says are there for new programs.
#[cfg(target_os = "linux")]
fn available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(check: &Value) -> Result<Vec<Probe>> {
        read(&serde_json::from_value(json!({ "checks": [check] })).unwrap())
    }

    #[test]
    fn a_check_that_makes_no_sense_is_named() {
        for (bad, field) in [
            (json!({ "name": "token", "type": "memory", "min_free_bytes": 1 }), "name"),
            (json!({ "name": " ", "type": "memory", "min_free_bytes": 1 }), "name"),
            (json!({ "name": "a", "type": "disk", "path": "/" }), "min_free_bytes"),
            (json!({ "name": "a", "type": "disk", "min_free_bytes": 1 }), "path"),
            (json!({ "name": "a", "type": "memory", "min_free_bytes": 1, "path": "/" }), "path"),
            (json!({ "name": "a", "type": "http", "url": "ftp://a.example" }), "url"),
            (json!({ "name": "a", "type": "http", "url": "https://u:hunter2@a.example" }), "url"),
            (json!({ "name": "a", "type": "tcp", "address": "a.example" }), "address"),
            (json!({ "name": "a", "type": "tcp", "address": ":1" }), "address"),
        ] {
            let error = check(&bad).err().unwrap();
            let field = format!("health.checks[0].{field}");
            assert_eq!((error.code, error.details["field"].as_str()), (Code::Config, Some(field.as_str())), "{error}");
            assert!(!error.message.contains("hunter2"));
        }
        let twice = json!({ "name": "a", "type": "memory", "min_free_bytes": 1 });
        let config = serde_json::from_value(json!({ "checks": [twice, twice] })).unwrap();
        assert!(read(&config).err().unwrap().message.contains("checks[1].name"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn free_memory_is_read_from_what_the_system_says() {
        assert_eq!(available("MemTotal:  10 kB\nMemAvailable:     7 kB\n"), Some(7168));
        assert_eq!(available("MemTotal: 10 kB\n"), None);
    }
}
