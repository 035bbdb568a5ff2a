//! Users, sessions, phones and keys: the book of who may come in (see [`crate::accounts`]), in the same database.

use super::store::{
    Change, Connection, Row, away, commit, damaged, flag_of, get, instant, instant_of, is_conflict, json, json_of,
    parsed, word, word_of,
};
use super::{Embedded, Within};
use crate::accounts::{ApiKey, Device, Membership, Register, Session, User};
use crate::crm::Error;
use crate::id::{ApiKeyId, BusinessId, SessionId, UserId};
use async_trait::async_trait;
use jiff::Timestamp;

/// The most users or keys of a listing.
const LIST_MAX: i64 = 1_000;

#[async_trait]
impl Register for Embedded {
    async fn add_user(&self, user: &User, password_hash: &str) -> Result<bool, Error> {
        let mut transaction = self.store.write().await?;
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
        for membership in &user.businesses {
            put_member(&mut transaction, user.id, *membership, user.created_at).await?;
        }
        commit(transaction).await?;
        Ok(true)
    }

    async fn users(&self, of: Option<BusinessId>) -> Result<Vec<User>, Error> {
        let mut connection = self.store.read().await?;
        let rows = match of {
            Some(business) => sqlx::query(
                "SELECT u.* FROM users u JOIN members m ON m.user_id = u.id WHERE m.business_id = $1 \
                     ORDER BY u.email LIMIT $2",
            )
            .bind(business.to_string()),
            None => sqlx::query("SELECT * FROM users WHERE $1 = '' ORDER BY email LIMIT $2").bind(""),
        };
        let rows = rows.bind(LIST_MAX).fetch_all(&mut *connection).await.map_err(away)?;
        let mut users = Vec::with_capacity(rows.len());
        for row in &rows {
            users.push(user_of(&mut connection, row).await?);
        }
        Ok(users)
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        let mut connection = self.store.read().await?;
        let row =
            sqlx::query("SELECT * FROM users WHERE id = $1").bind(id.to_string()).fetch_optional(&mut *connection);
        match row.await.map_err(away)? {
            Some(row) => user_of(&mut connection, &row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn password_of(&self, email: &str) -> Result<Option<(UserId, String)>, Error> {
        let mut connection = self.store.read().await?;
        let row = sqlx::query("SELECT id, password_hash FROM users WHERE email = $1").bind(email);
        let row = row.fetch_optional(&mut *connection).await.map_err(away)?;
        row.map(|row| Ok((parsed(&row, "id")?, get(&row, "password_hash")?))).transpose()
    }

    async fn set_member(&self, user: UserId, membership: Membership, now: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        put_member(&mut transaction, user, membership, now).await?;
        commit(transaction).await
    }

    async fn remove_member(&self, user: UserId, business: BusinessId) -> Result<bool, Error> {
        let mut transaction = self.store.write().await?;
        let removed = sqlx::query("DELETE FROM members WHERE business_id = $1 AND user_id = $2")
            .bind(business.to_string())
            .bind(user.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn begin_session(&self, session: &Session, token_hash: &str, over: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
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

    async fn end_session(&self, id: SessionId) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn set_device(&self, session: SessionId, device: &Device, now: Timestamp) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM devices WHERE session_id = $1 OR token = $2")
            .bind(session.to_string())
            .bind(&device.token)
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        sqlx::query(
            "INSERT INTO devices (session_id, platform, token, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(session.to_string())
        .bind(word(&device.platform)?)
        .bind(&device.token)
        .bind(instant(now))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }

    async fn remove_device(&self, session: SessionId) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM devices WHERE session_id = $1")
            .bind(session.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn add_key(&self, key: &ApiKey, token_hash: &str) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
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
        .execute(&mut *transaction)
        .await
        .map_err(unknown_business)?;
        commit(transaction).await
    }

    async fn keys(&self, business: BusinessId) -> Result<Vec<ApiKey>, Error> {
        let rows =
            sqlx::query("SELECT * FROM api_keys WHERE business_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2")
                .bind(business.to_string())
                .bind(LIST_MAX)
                .fetch_all(&mut *self.store.read().await?)
                .await
                .map_err(away)?;
        rows.iter().map(key_of).collect()
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

    async fn revoke_key(&self, business: BusinessId, id: ApiKeyId, at: Timestamp) -> Result<bool, Error> {
        let mut transaction = self.store.write().await?;
        let revoked = sqlx::query(
            "UPDATE api_keys SET revoked_at = $3, updated_at = $3 \
             WHERE business_id = $1 AND id = $2 AND revoked_at IS NULL",
        )
        .bind(business.to_string())
        .bind(id.to_string())
        .bind(instant(at))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await?;
        Ok(revoked.rows_affected() > 0)
    }
}

async fn put_member(
    transaction: &mut Change,
    user: UserId,
    membership: Membership,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO members (business_id, user_id, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (business_id, user_id) DO UPDATE SET role = $3, updated_at = $4",
    )
    .bind(membership.business.to_string())
    .bind(user.to_string())
    .bind(word(&membership.role)?)
    .bind(instant(now))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(unknown_business)
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

/// A user with the businesses they belong to.
async fn user_of(connection: &mut Connection, row: &Row) -> Result<User, Error> {
    let id: UserId = parsed(row, "id")?;
    let members = sqlx::query("SELECT business_id, role FROM members WHERE user_id = $1 ORDER BY business_id")
        .bind(id.to_string())
        .fetch_all(connection)
        .await
        .map_err(away)?;
    Ok(User {
        id,
        email: get(row, "email")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        role: word_of(row, "role")?,
        email_verified: flag_of(row, "email_verified")?,
        businesses: members
            .iter()
            .map(|row| Ok(Membership { business: parsed(row, "business_id")?, role: word_of(row, "role")? }))
            .collect::<Result<_, Error>>()?,
        last_login_at: maybe_instant_of(row, "last_login_at")?,
        created_at: instant_of(row, "created_at")?,
    })
}

fn key_of(row: &Row) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        name: get(row, "name")?,
        start: get(row, "start")?,
        scopes: json_of(row, "scopes")?,
        used_at: maybe_instant_of(row, "used_at")?,
        revoked_at: maybe_instant_of(row, "revoked_at")?,
        created_at: instant_of(row, "created_at")?,
    })
}

/// What refers to a business that is not there.
fn unknown_business(error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation) {
        Error::NotFound("business")
    } else {
        away(error)
    }
}

fn maybe_instant_of(row: &Row, column: &'static str) -> Result<Option<Timestamp>, Error> {
    let milliseconds = get::<Option<i64>>(row, column)?;
    milliseconds.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged(column))
}
