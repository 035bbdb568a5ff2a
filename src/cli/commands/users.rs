//! `ringlypro users add|list`.

use crate::accounts::{Caller, HouseRole, Membership, NewUser, Password, Role, User};
use crate::app::accounts::Book;
use crate::cli::Failure;
use crate::config::{self, Config};
use crate::crm::model::{Business, Source};
use crate::id::BusinessId;
use clap::{Args, Subcommand};
use std::io::{BufRead, IsTerminal};

#[derive(Subcommand)]
pub(in crate::cli) enum Users {
    /// Add somebody. The password is read from `RINGLY_PASSWORD`, else from a line of standard input.
    Add(Add),
    /// List everybody who signs in.
    List,
}

#[derive(Args)]
pub(in crate::cli) struct Add {
    /// The e-mail address they sign in with.
    email: String,
    /// Given name.
    #[arg(long, default_value = "")]
    first_name: String,
    /// Family name.
    #[arg(long, default_value = "")]
    last_name: String,
    /// The business they belong to, by id; the only one there is when none is named.
    #[arg(long)]
    business: Option<BusinessId>,
    /// What they are there: viewer, agent, admin or owner.
    #[arg(long, default_value = "owner", value_parser = role)]
    role: Role,
    /// They run the house: every business is theirs.
    #[arg(long, conflicts_with_all = ["business", "role"])]
    admin: bool,
}

pub(in crate::cli) async fn run(config: &Config, users: Users) -> Result<(), Failure> {
    let book = Book::open(config).await?;
    let done = match users {
        Users::Add(add) => self::add(&book, add).await,
        Users::List => list(&book).await,
    };
    book.close().await;
    done
}

async fn add(book: &Book, add: Add) -> Result<(), Failure> {
    let businesses = if add.admin {
        Vec::new()
    } else {
        vec![Membership { business: business(&book.businesses().await?, add.business)?, role: add.role }]
    };
    let new = NewUser {
        email: add.email,
        password: password()?,
        first_name: add.first_name,
        last_name: add.last_name,
        role: if add.admin { HouseRole::Admin } else { HouseRole::User },
        businesses,
    };
    show(&book.accounts.add_user(&Caller::owner(), Source::Console, new).await?);
    Ok(())
}

async fn list(book: &Book) -> Result<(), Failure> {
    let mut cursor = None;
    loop {
        let page = book.accounts.users(&Caller::owner(), None, (None, cursor.as_deref())).await?;
        page.items.iter().for_each(show);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
}

fn show(user: &User) {
    let house = user.role == HouseRole::Admin;
    let places = user.businesses.iter().map(|one| format!("{} of {}", written(&one.role), one.business));
    let places: Vec<_> = house.then(|| "runs the house".to_owned()).into_iter().chain(places).collect();
    println!("{}  {}  {}", user.id, user.email, places.join(", "));
}

/// The business that is named, or the only one.
pub(super) fn business(all: &[Business], wanted: Option<BusinessId>) -> Result<BusinessId, Failure> {
    match (wanted, all) {
        (Some(id), _) if all.iter().any(|one| one.id == id) => Ok(id),
        (None, [one]) => Ok(one.id),
        (_, []) => Err(Failure::Said("there is no business yet: add one with POST /api/businesses".to_owned())),
        (_, all) => {
            let named: Vec<_> = all.iter().map(|one| format!("\n  {}  {}", one.id, one.name)).collect();
            Err(Failure::Said(format!("name a business with --business ID; there are:{}", named.concat())))
        }
    }
}

/// A role by its name.
fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(text.into()).map_err(|_| "viewer, agent, admin or owner".to_owned())
}

/// A value's name.
pub(super) fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The password: never an argument, which every process of the machine could read.
fn password() -> Result<Password, Failure> {
    if let Some(password) = config::given_password() {
        return Ok(Password::new(password));
    }
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Their password, in one line (it is shown as you type; RINGLY_PASSWORD=… is not):");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(Password::new(line.trim_end_matches(['\r', '\n'])))
}
