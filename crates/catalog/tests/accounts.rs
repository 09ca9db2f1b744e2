//! Accounts, keys and sessions, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use runstow_catalog::{Catalog, CatalogError, NewUser, passwords};
use runstow_lifecycle::Role;
use runstow_testkit::{TestDatabase, on_both_databases};

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

fn new_user(name: &str) -> NewUser {
    NewUser {
        username: name.into(),
        role: Role::Operator,
        api_write: true,
        active: true,
        password_hash: None,
    }
}

on_both_databases! {
    async fn an_account_can_be_made_changed_and_removed(database: &TestDatabase) {
        let catalog = open(database).await;
        let ion = catalog.add_user(new_user("ion")).await.unwrap();
        let other = catalog.add_user(new_user("Ion")).await.unwrap();
        assert_eq!((ion.id, other.id), (1, 2), "case makes another user");
        let again = catalog.add_user(new_user("ion")).await.unwrap_err();
        assert!(matches!(&again, CatalogError::Conflict(text) if text.contains("ion")), "{again}");
        for bad in ["", "a:b", "a\nb", "a\0b"] {
            assert!(matches!(catalog.add_user(new_user(bad)).await, Err(CatalogError::Invalid(_))), "{bad:?}");
        }

        let hash = passwords::hash("old");
        catalog.set_password("ion", Some(hash.clone())).await.unwrap();
        catalog.set_role("ion", Role::Viewer, false).await.unwrap();
        catalog.set_active("ion", false).await.unwrap();
        let found = catalog.user_by_name("ion").await.unwrap().unwrap();
        assert_eq!((found.role, found.api_write, found.active), (Role::Viewer, false, false));
        assert!(passwords::verify(found.password_hash.as_deref().unwrap(), "old"));
        assert!(!format!("{found:?}").contains(&hash), "a hash does not belong into logs");

        let names: Vec<_> = catalog.users().await.unwrap().into_iter().map(|user| user.username).collect();
        assert_eq!(names, ["Ion", "ion"]);
        catalog.delete_user("ion").await.unwrap();
        assert_eq!(catalog.user_by_name("ion").await.unwrap(), None);
        assert!(matches!(catalog.delete_user("ion").await, Err(CatalogError::NotFound(_))));
        assert!(matches!(catalog.set_password("no\0one", None).await, Err(CatalogError::NotFound(_))));
        assert_eq!(catalog.user_by_name("no\0one").await.unwrap(), None);
    }

    async fn a_key_fits_its_owner_until_it_is_revoked(database: &TestDatabase) {
        let catalog = open(database).await;
        let ion = catalog.add_user(new_user("ion")).await.unwrap();
        let eve = catalog.add_user(new_user("eve")).await.unwrap();
        let (key, secret) = catalog.create_api_key(ion.id, "pipeline").await.unwrap();
        assert_eq!(secret.len(), 40);
        assert!(!database.sql("SELECT key_hash FROM api_keys").contains(&secret), "only the digest is stored");

        let before = catalog.statements();
        assert_eq!(catalog.user_by_api_key("ion", &secret).await.unwrap().unwrap().id, ion.id);
        assert_eq!(catalog.statements() - before, 1);
        for (name, key) in [("eve", secret.as_str()), ("ION", &secret), ("ion", "x"), ("ion", ""), ("i\0", &secret)] {
            assert_eq!(catalog.user_by_api_key(name, key).await.unwrap(), None, "{name}");
        }
        assert!(matches!(catalog.add_api_key_with_secret(eve.id, "", &secret).await, Err(CatalogError::Conflict(_))));
        assert!(matches!(catalog.create_api_key(99, "").await, Err(CatalogError::NotFound(_))));

        catalog.set_active("ion", false).await.unwrap();
        let inactive = catalog.user_by_api_key("ion", &secret).await.unwrap().unwrap();
        assert!(!inactive.active, "the caller tells an inactive account from a wrong key");

        catalog.revoke_api_key(key.id).await.unwrap();
        assert_eq!(catalog.user_by_api_key("ion", &secret).await.unwrap(), None);
        assert!(matches!(catalog.revoke_api_key(key.id).await, Err(CatalogError::NotFound(_))));
        assert!(catalog.api_keys(ion.id).await.unwrap()[0].revoked_us.is_some());
    }

    async fn the_use_of_a_key_is_written_once_a_minute(database: &TestDatabase) {
        let catalog = open(database).await;
        let ion = catalog.add_user(new_user("ion")).await.unwrap();
        let (_, secret) = catalog.create_api_key(ion.id, "pipeline").await.unwrap();
        let version = catalog.version().await.unwrap();
        catalog.touch_api_key(&secret).await.unwrap();
        assert!(catalog.api_keys(ion.id).await.unwrap()[0].last_used_us.is_some());
        let before = catalog.statements();
        catalog.touch_api_key(&secret).await.unwrap();
        assert_eq!(catalog.statements(), before);
        assert_eq!(catalog.version().await.unwrap(), version, "reading with a key changes nothing that is cached");
    }

    async fn a_session_lasts_until_it_ends_or_is_closed(database: &TestDatabase) {
        let catalog = open(database).await;
        let ion = catalog.add_user(new_user("ion")).await.unwrap();
        let version = catalog.version().await.unwrap();
        let day = Duration::from_secs(86_400);
        let session = catalog.open_session(ion.id, day).await.unwrap();
        assert_ne!(session.token, session.csrf_token);
        assert!(!database.sql("SELECT token_hash FROM sessions").contains(&session.token));

        let before = catalog.statements();
        let (user, found) = catalog.session(&session.token).await.unwrap().unwrap();
        assert_eq!(catalog.statements() - before, 1);
        assert_eq!((user.id, found.csrf_token), (ion.id, session.csrf_token));
        assert!(catalog.session("other").await.unwrap().is_none());

        let ended = catalog.open_session(ion.id, Duration::ZERO).await.unwrap();
        assert!(catalog.session(&ended.token).await.unwrap().is_none());
        assert_eq!(catalog.purge_expired_sessions().await.unwrap(), 1);

        let second = catalog.open_session(ion.id, day).await.unwrap();
        catalog.close_session(&session.token).await.unwrap();
        assert!(catalog.session(&session.token).await.unwrap().is_none());
        assert!(catalog.session(&second.token).await.unwrap().is_some(), "only that one was closed");
        assert_eq!(catalog.version().await.unwrap(), version, "signing in changes nothing that is cached");

        catalog.set_password("ion", None).await.unwrap();
        assert!(catalog.session(&second.token).await.unwrap().is_none(), "a new password closes sessions");
        let third = catalog.open_session(ion.id, day).await.unwrap();
        catalog.close_sessions_of(ion.id).await.unwrap();
        assert!(catalog.session(&third.token).await.unwrap().is_none());
        assert!(catalog.open_session(99, day).await.is_err(), "nobody's session");
    }
}
