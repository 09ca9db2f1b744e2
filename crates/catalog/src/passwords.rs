//! Password hashes (Argon2id). All functions here take tens of milliseconds of a core on purpose:
//! call them where blocking is allowed.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// The hash of nothing anybody knows, with the costs of [`hash`].
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cnVuc3Rvdy1ub2JvZHktMQ$YG8Dz3RmhLw0PQx2p0Lq6w8mC3vF4oQ1jZ5yKxN7s2U";

/// The hash of a password under a fresh salt, as a PHC text that says how it was made.
#[must_use]
pub fn hash(password: &str) -> String {
    let salt: [u8; 16] = rand::random();
    #[expect(clippy::expect_used, reason = "fails only for a bad salt length or a password above 4 GB")]
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("16 bytes are a good salt, and no request carries a password of 4 GB");
    hash.to_string()
}

/// Does the password belong to the hash? A hash that can not be read belongs to none.
#[must_use]
pub fn verify(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Does as much work as [`verify`] does, for an unknown user: the time taken does not tell who exists.
pub fn verify_nobody(password: &str) {
    std::hint::black_box(verify(NOBODY, password));
}

/// Is this text a hash that [`verify`] can use?
pub(crate) fn is_hash(text: &str) -> bool {
    text.starts_with("$argon2") && PasswordHash::new(text).is_ok_and(|hash| hash.hash.is_some())
}

/// Hashes many passwords on all cores, in the order given.
pub(crate) fn hash_all(passwords: &[String]) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = passwords.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = passwords
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|password| hash(password)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hashes = hash_all(&["ion:admin".into(), "ionadmin".into(), String::new()]);
        assert!(verify(&hashes[0], "ion:admin") && verify(&hashes[1], "ionadmin") && verify(&hashes[2], ""));
        assert!(!verify(&hashes[0], "ionadmin") && !verify("plain", "plain") && !verify("", ""));
        assert!(hashes.iter().all(|hash| is_hash(hash)) && !is_hash("ionadmin"));
        assert_ne!(hash("same"), hash("same"), "each hash has its own salt");
    }

    #[test]
    fn nobody_costs_what_somebody_costs() {
        let costs = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(costs(NOBODY), costs(&hash("x")));
        assert!(is_hash(NOBODY), "a hash that can not be read would cost nothing");
    }
}
