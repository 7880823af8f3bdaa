//! `kei-agent login`, `token` and `logout` with a person who consents.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{Platform, encoded};

fn command(platform: &Platform, name: &str, file: &Path) -> Command {
    let mut command = platform.command(&[name]);
    command.arg("--file").arg(file).env_remove("KEI_API_URL");
    command
}

fn token(platform: &Platform, file: &Path) -> Output {
    command(platform, "token", file).output().unwrap()
}

/// Logs in; the person answers with `consent`. The exit code, standard output and standard error.
fn login(platform: &Platform, file: &Path, consent: &str) -> (Option<i32>, String, String) {
    let mut process = command(platform, "login", file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap());
    let mut told = String::new();
    let code = loop {
        let before = told.len();
        assert!(lines.read_line(&mut told).unwrap() > 0, "{told}");
        if let Some(code) = told[before..].trim().strip_prefix("and enter the code ") {
            break code.to_owned();
        }
    };
    assert!(told.contains(&format!("Open {}/oidc/activate", platform.base())), "{told}");
    let page = platform.get(&format!("/oidc/activate?user_code={code}"));
    assert!(page.status == 200 && page.text().contains(&code), "{}", page.text());
    let form = encoded(&[("user_code", &code.to_lowercase()), ("consent", consent)]);
    let fields = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(platform.send("POST", "/oidc/activate", &fields, &form).status, 200);
    let mut out = String::new();
    process.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    lines.read_to_string(&mut told).unwrap();
    (process.wait().unwrap().code(), out, told)
}

#[test]
fn a_person_logs_in_uses_the_token_and_logs_out() {
    let platform = Platform::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state/refresh-token");
    let (status, out, told) = login(&platform, &file, "yes");
    assert_eq!(status, Some(0), "{told}");
    assert!(out.contains("Logged in."), "{out}");
    let kept = std::fs::read_to_string(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
    assert!(!out.contains(&kept) && !told.contains(&kept));
    let token = String::from_utf8(token(&platform, &file).stdout).unwrap();
    let answer =
        platform.send("POST", "/api/v1/rpc/whoami", &[("authorization", &format!("Bearer {}", token.trim()))], "{}");
    assert!(answer.status == 200 || answer.status == 404, "the platform takes the token: {}", answer.text());
    let later = std::fs::read_to_string(&file).unwrap();
    assert_ne!(later, kept, "the refresh token was replaced");
    let out = command(&platform, "logout", &file).output().unwrap();
    assert!(String::from_utf8(out.stdout).unwrap().contains("revoked the refresh token"));
    assert!(!file.exists());
    std::fs::write(&file, later).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let revoked = self::token(&platform, &file);
    assert_eq!(revoked.status.code(), Some(1));
    assert!(String::from_utf8(revoked.stderr).unwrap().contains("invalid_grant"));
    std::fs::remove_file(&file).unwrap();
    let nobody = command(&platform, "logout", &file).output().unwrap();
    assert_eq!((nobody.status.code(), nobody.stdout.as_slice()), (Some(0), b"Nobody is logged in.\n".as_slice()));
}

#[test]
fn a_person_who_refuses_is_not_logged_in_and_an_earlier_login_stays() {
    let platform = Platform::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("refresh-token");
    assert_eq!(login(&platform, &file, "yes").0, Some(0));
    let before = std::fs::read_to_string(&file).unwrap();
    let (status, out, told) = login(&platform, &file, "no");
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(told.contains("access_denied"), "{told}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn without_a_login_the_token_is_that_of_the_configured_client() {
    let platform = Platform::start();
    let folder = tempfile::tempdir().unwrap();
    let out = token(&platform, &folder.path().join("none"));
    let token = String::from_utf8(out.stdout).unwrap();
    assert_eq!(token.trim().matches('.').count(), 2, "a JWT: {token}");
}
