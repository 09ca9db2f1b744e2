//! `runstow user add|list|passwd|disable|key`

use std::process::ExitCode;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, NewUser, User, passwords, times};
use runstow_lifecycle::Role;

use crate::cli::UserCommand;
use crate::context::Context;
use crate::terminal::{self, password, table::table};

/// Runs one of them.
///
/// # Errors
/// When the user is not there (or is, when adding), or the catalog can not be written.
pub async fn run(context: &Context, command: UserCommand) -> Result<ExitCode> {
    let (_, catalog) = context.both().await?;
    match command {
        UserCommand::Add { name, role, api_write, no_password } => {
            if name.trim() != name || name.is_empty() || name.contains(':') {
                bail!(
                    "{name:?} is no user name: it must not be empty, begin or end with a blank, or hold a colon"
                );
            }
            if catalog.user_by_name(&name).await?.is_some() {
                bail!("user {name:?} is there already; `runstow user passwd {name}` sets a new password");
            }
            let password_hash =
                if no_password { None } else { Some(passwords::hash(&password::ask(&name)?)) };
            let new = NewUser { username: name.clone(), role, api_write, active: true, password_hash };
            catalog.add_user(new).await?;
            terminal::line(&format!("added {name} as {role}"));
        }
        UserCommand::List { json } => list(&catalog, json).await?,
        UserCommand::Passwd { name } => {
            let user = existing(&catalog, &name).await?;
            let hash = passwords::hash(&password::ask(&user.username)?);
            catalog.set_password(&user.username, Some(hash)).await?;
            terminal::line(&format!("new password for {name}; open sessions were ended"));
        }
        UserCommand::Disable { name, on } => {
            let user = existing(&catalog, &name).await?;
            catalog.set_active(&user.username, on).await?;
            let what = if on { "active again" } else { "switched off: no password, key or session works" };
            terminal::line(&format!("{name} is {what}"));
        }
        UserCommand::Key { name, label, list, revoke } => key(&catalog, &name, &label, list, revoke).await?,
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn existing(catalog: &Catalog, name: &str) -> Result<User> {
    match catalog.user_by_name(name).await? {
        Some(user) => Ok(user),
        None => bail!("there is no user {name:?}; `runstow user list` shows all"),
    }
}

async fn list(catalog: &Catalog, json: bool) -> Result<()> {
    let mut rows = Vec::new();
    for user in catalog.users().await? {
        let keys = catalog.api_keys(user.id).await?.iter().filter(|key| key.revoked_us.is_none()).count();
        if json {
            let value = serde_json::json!({"username": user.username, "role": user.role.name(), "active": user.active,
                "api_write": user.api_write || user.role == Role::Admin, "has_password": user.password_hash.is_some(), "api_keys": keys});
            terminal::line(&value.to_string());
        }
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        rows.push(vec![
            user.username,
            user.role.name().to_owned(),
            yes(user.active),
            yes(user.api_write || user.role == Role::Admin),
            yes(user.password_hash.is_some()),
            keys.to_string(),
        ]);
    }
    if json {
        return Ok(());
    }
    if rows.is_empty() {
        terminal::line("no users yet; add the first with `runstow user add NAME --role admin`");
        return Ok(());
    }
    terminal::line(&table(&["NAME", "ROLE", "ACTIVE", "API WRITE", "PASSWORD", "KEYS"], &[5], rows));
    Ok(())
}

async fn key(catalog: &Catalog, name: &str, label: &str, list: bool, revoke: Option<i64>) -> Result<()> {
    let user = existing(catalog, name).await?;
    let keys = catalog.api_keys(user.id).await?;
    if let Some(id) = revoke {
        if !keys.iter().any(|key| key.id == id) {
            bail!("{name} has no key {id}; `runstow user key {name} --list` shows all");
        }
        catalog.revoke_api_key(id).await?;
        terminal::line(&format!("key {id} of {name} is revoked"));
    } else if list {
        let shown =
            |us: Option<i64>| us.map_or_else(|| "never".to_owned(), |us| times::timestamp(us).to_string());
        let rows = keys
            .iter()
            .map(|key| {
                let state = if key.revoked_us.is_some() { "revoked" } else { "valid" };
                vec![
                    key.id.to_string(),
                    key.name.clone(),
                    state.to_owned(),
                    shown(Some(key.created_us)),
                    shown(key.last_used_us),
                ]
            })
            .collect();
        terminal::line(&table(&["ID", "LABEL", "STATE", "MADE", "LAST USED"], &[0], rows));
    } else {
        if !user.active {
            terminal::note(&format!(
                "warning: {name} is switched off; the key works once the user is active again"
            ));
        }
        let (key, secret) = catalog.create_api_key(user.id, label).await?;
        terminal::note(&format!("key {} ({label}) of {name}; it is shown this once:", key.id));
        terminal::line(&secret);
    }
    Ok(())
}
