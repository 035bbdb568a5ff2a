//! `ringlypro audit verify|list`.

use super::users::written;
use crate::app::audit::{self, Chain};
use crate::cli::{Audit, Failure};
use crate::config::Config;

pub(in crate::cli) async fn run(config: &Config, asked: Audit) -> Result<(), Failure> {
    match asked {
        Audit::Verify => verify(&audit::verify(&config.database_url).await?),
        Audit::List { business, limit } => {
            for (business, lines) in audit::list(&config.database_url, business, limit).await? {
                println!("{}  {}", business.id, business.name);
                for line in lines {
                    let who = serde_json::to_string(&line.who).unwrap_or_default();
                    let ai = line.ai.as_ref().and_then(|ai| serde_json::to_string(ai).ok());
                    let ai = ai.map(|ai| format!("  through {ai}")).unwrap_or_default();
                    let door = written(&line.door);
                    let undoes = line.undoes.map(|undone| format!("  takes back {undone}")).unwrap_or_default();
                    let rows = line.rows;
                    println!(
                        "  {:>6}  {}  {}  {}  {rows} rows  {door}  {who}{ai}{undoes}",
                        line.number, line.at, line.id, line.operation
                    );
                }
            }
            Ok(())
        }
    }
}

fn verify(chains: &[Chain]) -> Result<(), Failure> {
    let mut broken = Vec::new();
    for chain in chains {
        let erased = if chain.erased == 0 { String::new() } else { format!(", {} erased", chain.erased) };
        println!(
            "{}  {}: {} entries hold{erased}; the last is {}",
            chain.business, chain.name, chain.entries, chain.hash
        );
        if let Some((entry, why)) = chain.broken {
            broken.push(format!("{}: entry {entry}: {why}", chain.name));
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::Said(broken.join("\n"))) }
}
