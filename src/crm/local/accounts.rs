//! Users, sessions, phones and keys: the book of who may come in (see [`crate::accounts`]), in the same database.
//!
//! What belongs to a business (members, keys) is written down in its chain; users and their telephones in the house's.
//! That somebody signed in, and that a session or a key was used, is noted in its row and no entry.
//!
//! Invariant: no entry holds a password, a token or what is kept of them.

use super::records::Order;
use super::statement::Statement;
use super::store::{
    Change, Row, away, commit, flag_of, get, instant, instant_of, instant_option, is_conflict, json, json_of, kept,
    parsed, word, word_of,
};
use super::{Embedded, Within};
use crate::accounts::{ApiKey, Device, Membership, OwnDevice, Register, Session, User};
use crate::crm::Error;
use crate::crm::model::{Action, HOUSE, Hand, Kind, Page, Way};
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json as value};

/// Users, by what they sign in with.
const BY_EMAIL: Order = Order { column: "email", text: true, descending: false };

/// Somebody was added: written down in the house's chain and in that of each business they belong to.
const ADD_USER: &str = "add_user";
/// A telephone is notified no more.
const REMOVE_DEVICE: &str = "remove_device";

#[async_trait]
impl Register for Embedded {
    async fn add_user(&self, user: &User, password_hash: &str, hand: Hand) -> Result<bool, Error> {
        let mut memberships = user.businesses.clone();
        memberships.sort_by_key(|one| one.business);
        let mut transaction = self.store.write().await?;
        for membership in &memberships {
            self.store.take_turn(&mut transaction, membership.business).await?;
        }
        let inserted = sqlx::query(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, role, email_verified, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(user.id.to_string())
        .bind(&user.email)
        .bind(password_hash)
        .bind(&user.first_name)
        .bind(&user.last_name)
        .bind(word(&user.role)?)
        .bind(i64::from(user.email_verified))
        .bind(instant(user.created_at))
        .execute(&mut *transaction)
        .await;
        match inserted {
            Err(error) if is_conflict(&error) => return Ok(false),
            inserted => inserted.map_err(away)?,
        };
        let now = kept(self.clock.now());
        for membership in memberships {
            let mut within = Within::by(hand, membership.business, &mut transaction, now);
            put_member(&mut within, user.id, membership).await?;
            within.write_down(ADD_USER).await?;
        }
        let mut house = Within::by(hand, HOUSE, &mut transaction, now);
        house.changed(Kind::User, &user.id, None, Some(user))?;
        house.write_down(ADD_USER).await?;
        self.made_so(transaction).await?;
        Ok(true)
    }

    async fn users(&self, of: Option<BusinessId>, way: Way<'_>) -> Result<Page<User>, Error> {
        let mut connection = self.store.read().await?;
        let mut list = Statement::new("SELECT * FROM users WHERE ");
        match of {
            Some(business) => {
                list.say("id IN (SELECT user_id FROM members WHERE business_id = ").bind(business.to_string()).say(")");
            }
            None => {
                list.say("1 = 1");
            }
        }
        let mut within = Within::of_itself(HOUSE, &mut connection, self.clock.now());
        let mut page = within.page_of("users", list, BY_EMAIL, way, user_of).await?;
        within.place(&mut page.items).await?;
        Ok(page)
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        let mut connection = self.store.read().await?;
        let row =
            sqlx::query("SELECT * FROM users WHERE id = $1").bind(id.to_string()).fetch_optional(&mut *connection);
        let Some(row) = row.await.map_err(away)? else { return Ok(None) };
        let mut user = [user_of(&row)?];
        Within::of_itself(HOUSE, &mut connection, self.clock.now()).place(&mut user).await?;
        Ok(user.into_iter().next())
    }

    async fn password_of(&self, email: &str) -> Result<Option<(UserId, String)>, Error> {
        let mut connection = self.store.read().await?;
        let row = sqlx::query("SELECT id, password_hash FROM users WHERE email = $1").bind(email);
        let row = row.fetch_optional(&mut *connection).await.map_err(away)?;
        row.map(|row| Ok((parsed(&row, "id")?, get(&row, "password_hash")?))).transpose()
    }

    async fn set_member(&self, user: UserId, membership: Membership, hand: Hand) -> Result<(), Error> {
        let mut transaction = self.store.write_for(membership.business).await?;
        let mut within = Within::by(hand, membership.business, &mut transaction, kept(self.clock.now()));
        put_member(&mut within, user, membership).await?;
        within.write_down("set_member").await?;
        self.made_so(transaction).await
    }

    async fn remove_member(&self, user: UserId, business: BusinessId, hand: Hand) -> Result<bool, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::by(hand, business, &mut transaction, kept(self.clock.now()));
        let Some(membership) = member(&mut within, user).await? else { return Ok(false) };
        sqlx::query("DELETE FROM members WHERE business_id = $1 AND user_id = $2")
            .bind(business.to_string())
            .bind(user.to_string())
            .execute(&mut *within.connection)
            .await
            .map_err(away)?;
        within.changed(Kind::Member, &user, Some(&membership), None)?;
        within.write_down("remove_member").await?;
        self.made_so(transaction).await?;
        Ok(true)
    }

    async fn begin_session(&self, session: &Session, token_hash: &str, over: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        let mut house = Within::of_itself(HOUSE, &mut transaction, kept(self.clock.now()));
        let mut lost = devices();
        lost.say("s.used_at < ").bind(instant(over));
        house.forget_devices(lost).await?;
        house.write_down(REMOVE_DEVICE).await?;
        sqlx::query("DELETE FROM sessions WHERE used_at < $1")
            .bind(instant(over))
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        sqlx::query(
            "INSERT INTO sessions (id, user_id, token_hash, used_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5)",
        )
        .bind(session.id.to_string())
        .bind(session.user.to_string())
        .bind(token_hash)
        .bind(instant(session.used_at))
        .bind(instant(session.created_at))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        sqlx::query("UPDATE users SET last_login_at = $2, updated_at = $2 WHERE id = $1")
            .bind(session.user.to_string())
            .bind(instant(session.created_at))
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, Error> {
        let mut connection = self.store.read().await?;
        let row = sqlx::query("SELECT * FROM sessions WHERE token_hash = $1").bind(token_hash);
        let row = row.fetch_optional(&mut *connection).await.map_err(away)?;
        row.map(|row| {
            Ok(Session {
                id: parsed(&row, "id")?,
                user: parsed(&row, "user_id")?,
                used_at: instant_of(&row, "used_at")?,
                created_at: instant_of(&row, "created_at")?,
            })
        })
        .transpose()
    }

    async fn session_used(&self, id: SessionId, at: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        note_use(
            &mut transaction,
            "UPDATE sessions SET used_at = $2, updated_at = $2 WHERE id = $1",
            id.to_string(),
            at,
        )
        .await?;
        commit(transaction).await
    }

    async fn end_session(&self, id: SessionId, hand: Hand) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        let mut house = Within::by(hand, HOUSE, &mut transaction, kept(self.clock.now()));
        house.forget_devices(device_of(id)).await?;
        house.write_down("sign_out").await?;
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn set_device(&self, session: SessionId, device: &Device, hand: Hand) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        let mut house = Within::by(hand, HOUSE, &mut transaction, kept(self.clock.now()));
        let mut others = devices();
        others.say("d.session_id = ").bind(session.to_string()).say(" OR d.token = ").bind(device.token.as_str());
        house.forget_devices(others).await?;
        sqlx::query(
            "INSERT INTO devices (session_id, platform, token, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(session.to_string())
        .bind(word(&device.platform)?)
        .bind(&device.token)
        .bind(instant(house.now))
        .execute(&mut *house.connection)
        .await
        .map_err(away)?;
        for row in device_of(session).fetch_all(house.connection).await? {
            house.changed(Kind::Device, &session, None, Some(&told_of_device(&row)?))?;
        }
        house.write_down("set_device").await?;
        commit(transaction).await
    }

    async fn devices(&self, user: UserId, way: Way<'_>) -> Result<Page<OwnDevice>, Error> {
        let mut connection = self.store.read().await?;
        let mut list = Statement::new(
            "SELECT id, platform, created_at FROM (SELECT d.session_id AS id, d.platform, d.created_at, s.user_id \
             FROM devices d JOIN sessions s ON s.id = d.session_id) own WHERE user_id = ",
        );
        list.bind(user.to_string());
        let mut within = Within::of_itself(HOUSE, &mut connection, self.clock.now());
        let own = |row: &Row| {
            let (id, platform) = (parsed(row, "id")?, word_of(row, "platform")?);
            Ok(OwnDevice { id, platform, created_at: instant_of(row, "created_at")? })
        };
        within.page_of("devices", list, Order::NEWEST, way, own).await
    }

    async fn remove_device(&self, user: UserId, session: SessionId, hand: Hand) -> Result<bool, Error> {
        let mut transaction = self.store.write().await?;
        let mut house = Within::by(hand, HOUSE, &mut transaction, kept(self.clock.now()));
        let mut theirs = device_of(session);
        theirs.say(" AND s.user_id = ").bind(user.to_string());
        house.forget_devices(theirs).await?;
        let removed = !house.changes.is_empty();
        house.write_down(REMOVE_DEVICE).await?;
        commit(transaction).await?;
        Ok(removed)
    }

    async fn add_key(&self, key: &ApiKey, token_hash: &str, hand: Hand) -> Result<(), Error> {
        let mut transaction = self.store.write_for(key.business).await?;
        let mut within = Within::by(hand, key.business, &mut transaction, kept(self.clock.now()));
        sqlx::query(
            "INSERT INTO api_keys (id, business_id, name, start, token_hash, scopes, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(key.id.to_string())
        .bind(key.business.to_string())
        .bind(&key.name)
        .bind(&key.start)
        .bind(token_hash)
        .bind(json(&key.scopes)?)
        .bind(instant(key.created_at))
        .execute(&mut *within.connection)
        .await
        .map_err(unknown_business)?;
        within.changed(Kind::ApiKey, &key.id, None, Some(&told_of_key(key)))?;
        within.write_down("create_key").await?;
        self.made_so(transaction).await
    }

    async fn keys(&self, business: BusinessId, way: Way<'_>) -> Result<Page<ApiKey>, Error> {
        let mut connection = self.store.read().await?;
        let mut list = Statement::new("SELECT * FROM api_keys WHERE business_id = ");
        list.bind(business.to_string());
        let mut within = Within::of_itself(business, &mut connection, self.clock.now());
        within.page_of("api_keys", list, Order::NEWEST, way, key_of).await
    }

    async fn key(&self, token_hash: &str) -> Result<Option<ApiKey>, Error> {
        let row = sqlx::query("SELECT * FROM api_keys WHERE token_hash = $1").bind(token_hash);
        let row = row.fetch_optional(&mut *self.store.read().await?).await.map_err(away)?;
        row.as_ref().map(key_of).transpose()
    }

    async fn key_used(&self, id: ApiKeyId, at: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        note_use(
            &mut transaction,
            "UPDATE api_keys SET used_at = $2, updated_at = $2 WHERE id = $1",
            id.to_string(),
            at,
        )
        .await?;
        commit(transaction).await
    }

    async fn revoke_key(&self, business: BusinessId, id: ApiKeyId, hand: Hand) -> Result<bool, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::by(hand, business, &mut transaction, kept(self.clock.now()));
        let row = sqlx::query(
            "UPDATE api_keys SET revoked_at = $3, updated_at = $3 \
             WHERE business_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING *",
        )
        .bind(business.to_string())
        .bind(id.to_string())
        .bind(instant(within.now))
        .fetch_optional(&mut *within.connection)
        .await
        .map_err(away)?;
        let Some(row) = row else { return Ok(false) };
        let after = key_of(&row)?;
        let before = ApiKey { revoked_at: None, ..after.clone() };
        within.changed(Kind::ApiKey, &id, Some(&told_of_key(&before)), Some(&told_of_key(&after)))?;
        within.write_down("revoke_key").await?;
        self.made_so(transaction).await?;
        Ok(true)
    }

    async fn house_actions(&self, way: Way<'_>) -> Result<Page<Action>, Error> {
        self.done_to_the_house(way).await
    }
}

impl Embedded {
    /// Makes the transaction last, and tells those who follow what is done.
    async fn made_so(&self, transaction: Change) -> Result<(), Error> {
        commit(transaction).await?;
        self.tell();
        Ok(())
    }
}

impl Within<'_> {
    /// Forgets these telephones.
    async fn forget_devices(&mut self, which: Statement) -> Result<(), Error> {
        for row in which.fetch_all(self.connection).await? {
            let session: SessionId = parsed(&row, "session_id")?;
            sqlx::query("DELETE FROM devices WHERE session_id = $1")
                .bind(session.to_string())
                .execute(&mut *self.connection)
                .await
                .map_err(away)?;
            self.changed(Kind::Device, &session, Some(&told_of_device(&row)?), None)?;
        }
        Ok(())
    }

    /// Says of each user where they belong.
    async fn place(&mut self, users: &mut [User]) -> Result<(), Error> {
        if users.is_empty() {
            return Ok(());
        }
        let mut list = Statement::new("SELECT user_id, business_id, role FROM members WHERE user_id IN ");
        list.bind_all(users.iter().map(|user| user.id.to_string())).say(" ORDER BY business_id");
        for row in list.fetch_all(self.connection).await? {
            let (id, membership) = (parsed::<UserId>(&row, "user_id")?, membership_of(&row)?);
            users.iter_mut().filter(|user| user.id == id).for_each(|user| user.businesses.push(membership));
        }
        Ok(())
    }
}

/// Telephones, each with whose it is; goes on with which.
fn devices() -> Statement {
    Statement::new(
        "SELECT d.session_id, d.platform, s.user_id FROM devices d JOIN sessions s ON s.id = d.session_id WHERE ",
    )
}

fn device_of(session: SessionId) -> Statement {
    let mut its = devices();
    its.say("d.session_id = ").bind(session.to_string());
    its
}

/// What is written down of a telephone.
fn told_of_device(row: &Row) -> Result<Value, Error> {
    Ok(value!({ "user": get::<&str>(row, "user_id")?, "platform": get::<&str>(row, "platform")? }))
}

/// What is written down of a key.
fn told_of_key(key: &ApiKey) -> Value {
    value!({ "name": key.name, "scopes": key.scopes, "revoked_at": key.revoked_at })
}

/// What somebody is in the business.
async fn member(within: &mut Within<'_>, user: UserId) -> Result<Option<Membership>, Error> {
    sqlx::query("SELECT business_id, role FROM members WHERE business_id = $1 AND user_id = $2")
        .bind(within.business.to_string())
        .bind(user.to_string())
        .fetch_optional(&mut *within.connection)
        .await
        .map_err(away)?
        .as_ref()
        .map(membership_of)
        .transpose()
}

async fn put_member(within: &mut Within<'_>, user: UserId, membership: Membership) -> Result<(), Error> {
    let before = member(within, user).await?;
    if before == Some(membership) {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO members (business_id, user_id, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (business_id, user_id) DO UPDATE SET role = $3, updated_at = $4",
    )
    .bind(membership.business.to_string())
    .bind(user.to_string())
    .bind(word(&membership.role)?)
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(unknown_business)?;
    within.changed(Kind::Member, &user, before.as_ref(), Some(&membership))
}

/// Refuses a user who does not belong to the business.
pub(super) async fn refuse_stranger(within: &mut Within<'_>, user: Option<UserId>) -> Result<(), Error> {
    let Some(user) = user else { return Ok(()) };
    let member: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM members WHERE business_id = $1 AND user_id = $2")
        .bind(within.business.to_string())
        .bind(user.to_string())
        .fetch_one(&mut *within.connection)
        .await
        .map_err(away)?;
    if member > 0 { Ok(()) } else { Err(Error::NotFound("user")) }
}

async fn note_use(transaction: &mut Change, how: &'static str, id: String, at: Timestamp) -> Result<(), Error> {
    sqlx::query(how).bind(id).bind(instant(at)).execute(&mut **transaction).await.map(drop).map_err(away)
}

/// A user, without the businesses they belong to.
fn user_of(row: &Row) -> Result<User, Error> {
    Ok(User {
        id: parsed(row, "id")?,
        email: get(row, "email")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        role: word_of(row, "role")?,
        email_verified: flag_of(row, "email_verified")?,
        businesses: Vec::new(),
        last_login_at: instant_option(row, "last_login_at")?,
        created_at: instant_of(row, "created_at")?,
    })
}

fn membership_of(row: &Row) -> Result<Membership, Error> {
    Ok(Membership { business: parsed(row, "business_id")?, role: word_of(row, "role")? })
}

fn key_of(row: &Row) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        name: get(row, "name")?,
        start: get(row, "start")?,
        scopes: json_of(row, "scopes")?,
        used_at: instant_option(row, "used_at")?,
        revoked_at: instant_option(row, "revoked_at")?,
        created_at: instant_of(row, "created_at")?,
    })
}

/// What refers to a business that is not there.
pub(super) fn unknown_business(error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation) {
        Error::NotFound("business")
    } else {
        away(error)
    }
}
