//! A large file of contacts brought in, and what others wait for their writes meanwhile.
//!
//! `cargo bench --bench imports -- --rows 100000 --database sqlite:/somewhere/imports.db` (or `postgres://…`, an empty
//! database). Prints figures and asserts nothing.

use hdrhistogram::Histogram;
use ringlypro::clock::SystemClock;
use ringlypro::crm::local::{Embedded, Importer, seed_demo};
use ringlypro::crm::model::{Duplicates, Import, Source};
use ringlypro::crm::operation::{CreateContact, GetImport, PreviewImport, StartImport, UndoImport};
use ringlypro::crm::{Backend, By, Crm, Error, Operation, Outcome, Request};
use ringlypro::id::{BusinessId, ImportId};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SYLLABLES: &[&str] = &[
    "sil", "va", "mar", "ti", "nez", "son", "ber", "gar", "cia", "wil", "li", "ams", "ro", "dri", "guez", "han", "sen",
    "kow", "ski", "per", "ez", "lo", "pe", "tor", "res", "gon", "za", "lin", "den", "brook", "field", "ham", "ley",
];
/// How often somebody else writes meanwhile.
const EVERY: Duration = Duration::from_millis(50);

/// A file of so many people, the same each time.
fn file(rows: usize) -> String {
    let mut state = 7_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        SYLLABLES[usize::try_from(state >> 33).unwrap_or(0) % SYLLABLES.len()]
    };
    (0..rows).fold("First name,Last name,Phone,Email,Tags\n".to_owned(), |mut text, number| {
        let (first, last) = (draw().to_owned() + draw(), draw().to_owned() + draw() + draw());
        // Writing to a text does not fail.
        let _ = writeln!(text, "{first},{last},+1305{:07},{first}.{last}{number}@example.com,new", 2_000_000 + number);
        text
    })
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|one| one != name).nth(1)
}

async fn ask(crm: &Crm, business: BusinessId, operation: impl Into<Operation>) -> Result<Outcome, Error> {
    crm.perform(Request::new(business, Source::Api, By::owner(), operation)).await
}

async fn import(crm: &Crm, business: BusinessId, import: ImportId) -> Result<Import, Error> {
    let got = ask(crm, business, GetImport { import }).await?;
    let Outcome::ImportGot(import) = got else {
        return Err(Error::Unknown(format!("an import, not {}", got.name())));
    };
    Ok(import)
}

/// Works until nothing is left, while somebody else writes; how long the work took.
async fn work(crm: &Crm, business: BusinessId, embedded: &Embedded, waits: &mut Histogram<u64>) -> Result<f64, Error> {
    let mut importer = Importer::new(embedded.clone());
    let began = Instant::now();
    let mut working = std::pin::pin!(async {
        while importer.step().await? {}
        Ok::<_, Error>(began.elapsed())
    });
    loop {
        tokio::select! {
            taken = &mut working => return Ok(taken?.as_secs_f64()),
            () = tokio::time::sleep(EVERY) => {}
        }
        let asked = Instant::now();
        let mut writing = std::pin::pin!(ask(
            crm,
            business,
            CreateContact { first_name: "Caller".to_owned(), ..CreateContact::default() }
        ));
        tokio::select! {
            taken = &mut working => return Ok(taken?.as_secs_f64()),
            written = &mut writing => drop(written?),
        }
        // A wait longer than the histogram's end is its end.
        waits.saturating_record(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let smoke = std::env::args().any(|one| one == "--smoke");
    let rows = argument("--rows").map_or(Ok(if smoke { 500 } else { 10_000 }), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let database = argument("--database").unwrap_or_else(|| format!("sqlite:{}/imports.db", folder.path().display()));
    let embedded = Embedded::open(&database, Arc::new(SystemClock)).await?;
    let business = seed_demo(&embedded).await?.id;
    let crm = Crm::new(Arc::new(embedded.clone()));
    let text = file(rows);
    let bytes = text.len();
    let began = Instant::now();
    let Outcome::ImportPreviewed(preview) = ask(&crm, business, PreviewImport { name: String::new(), text }).await?
    else {
        return Err("no preview".into());
    };
    println!("{rows} rows, {bytes} bytes: shown after {:.2} s", began.elapsed().as_secs_f64());
    let id = preview.import.id;
    let start = StartImport { import: id, columns: None, duplicates: Duplicates::Skip, tags: BTreeSet::new() };
    ask(&crm, business, start).await?;
    for what in ["brought in", "taken back"] {
        let mut waits = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        let seconds = work(&crm, business, &embedded, &mut waits).await?;
        let found = import(&crm, business, id).await?;
        println!(
            "{what} in {seconds:.1} s, {:.0} rows a second (created {}, refused {}, undone {})",
            rows as f64 / seconds,
            found.created,
            found.refused,
            found.undone
        );
        let at = |quantile| waits.value_at_quantile(quantile) as f64 / 1e3;
        println!("  others' writes meanwhile: p50 {:.0} ms  p95 {:.0} ms  max {:.0} ms", at(0.5), at(0.95), at(1.0));
        if what == "brought in" {
            ask(&crm, business, UndoImport { import: id }).await?;
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() {
    if let Err(failed) = run().await {
        eprintln!("{failed}");
        std::process::exit(1);
    }
}
