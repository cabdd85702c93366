//! Users of instances, with what is sealed of them.

use machine::secret::Secret;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::seal::{Spot, Vault};
use super::text::{from_word, number, to_word};
use crate::Fault;
use crate::engine::EngineUser;
use crate::ids::{InstanceId, UserName};
use crate::user::{LoginKind, Mechanism, User};

/// A user together with what the engine recognises the password by.
#[derive(Clone)]
pub(crate) struct UserRow {
    pub(crate) user: User,
    pub(crate) verifier: Secret<String>,
}

/// Writes a user, in the place of the one of this name and kind when there is one.
pub(crate) async fn put(
    tx: &mut Tx,
    vault: &Vault,
    key: &InstanceKey,
    row: &UserRow,
    now_ms: i64,
) -> Result<(), Fault> {
    let UserRow { user: User { name, mechanism, password }, verifier } = row;
    let login = to_word(&mechanism.kind())?;
    let place = place(&key.id, name.as_str(), &login);
    sqlx::query(
        "INSERT INTO users (account, region, instance, name, login, mechanism, password, verifier, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (account, region, instance, name, login) DO UPDATE
         SET mechanism = excluded.mechanism, password = excluded.password, verifier = excluded.verifier",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .bind(&login)
    .bind(to_word(mechanism)?)
    .bind(vault.seal(spot("password", &place), password))
    .bind(vault.seal(spot("verifier", &place), verifier))
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The user of this name and kind.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    vault: &Vault,
    key: &InstanceKey,
    name: &UserName,
    kind: LoginKind,
) -> Result<Option<UserRow>, Fault> {
    let row = sqlx::query(
        "SELECT * FROM users
         WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4 AND login = $5",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .bind(to_word(&kind)?)
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(UserRow { user: from_row(&row, vault)?, verifier: verifier(&row, vault)? })).transpose()
}

/// All users of an instance, by name, then by kind.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    vault: &Vault,
    key: &InstanceKey,
) -> Result<Vec<User>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM users WHERE account = $1 AND region = $2 AND instance = $3 ORDER BY name, login",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| from_row(row, vault)).collect()
}

/// How many users an instance has.
pub(crate) async fn count(connection: &mut AnyConnection, key: &InstanceKey) -> Result<u32, Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS users FROM users WHERE account = $1 AND region = $2 AND instance = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_one(connection)
    .await?;
    number(&row, "users")
}

/// Removes a user; false when it was not there.
pub(crate) async fn delete(
    tx: &mut Tx,
    key: &InstanceKey,
    name: &UserName,
    kind: LoginKind,
) -> Result<bool, Fault> {
    let delete = sqlx::query(
        "DELETE FROM users
         WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4 AND login = $5",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .bind(to_word(&kind)?);
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes all users of an instance.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    sqlx::query("DELETE FROM users WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Those whom the engine is to let log in to an instance, whosever it is. One whose verifier does not open is not among
/// them: better a user who cannot log in than an instance that does not serve.
pub(crate) async fn engine_users_everywhere(
    connection: &mut AnyConnection,
    vault: &Vault,
    instance: &InstanceId,
) -> Result<Vec<EngineUser>, Fault> {
    let rows = sqlx::query("SELECT * FROM users WHERE instance = $1 ORDER BY name, login")
        .bind(instance.as_str())
        .fetch_all(connection)
        .await?;
    let mut users = Vec::with_capacity(rows.len());
    for row in &rows {
        let name = UserName::new(row.try_get::<String, _>("name")?);
        let mechanism = from_word(row.try_get("mechanism")?)?;
        match verifier(row, vault) {
            Ok(verifier) => users.push(EngineUser { name, mechanism, verifier }),
            Err(fault) => {
                tracing::error!(%instance, user = %name, ?fault, "a user cannot log in until deleted and made again");
            }
        }
    }
    Ok(users)
}

/// What tells the secrets of one user from those of all others.
fn place(instance: &InstanceId, name: &str, login: &str) -> String {
    format!("{instance}/{name}/{login}")
}

fn spot<'a>(column: &'a str, place: &'a str) -> Spot<'a> {
    Spot { table: "users", column, row: place }
}

fn verifier(row: &AnyRow, vault: &Vault) -> Result<Secret<String>, Fault> {
    opened(row, vault, "verifier")
}

fn opened(row: &AnyRow, vault: &Vault, column: &str) -> Result<Secret<String>, Fault> {
    let instance = InstanceId::new(row.try_get::<String, _>("instance")?);
    let place = place(&instance, row.try_get("name")?, row.try_get("login")?);
    vault.open_secret(spot(column, &place), row.try_get(column)?)
}

fn from_row(row: &AnyRow, vault: &Vault) -> Result<User, Fault> {
    let mechanism: Mechanism = from_word(row.try_get("mechanism")?)?;
    Ok(User {
        name: UserName::new(row.try_get::<String, _>("name")?),
        mechanism,
        password: opened(row, vault, "password")?,
    })
}
