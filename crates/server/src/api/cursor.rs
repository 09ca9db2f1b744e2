//! Cursors: where the next page begins. Opaque to clients, checked when they come back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::params::Params;

/// What a cursor holds: the place, and which list it belongs to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inside<P> {
    list: String,
    place: P,
}

/// A cursor for a place in a list. `list` names everything that decides what the list holds and how it is sorted.
pub(super) fn make(list: &impl Serialize, place: impl Serialize) -> String {
    let inside = Inside { list: fingerprint(list), place };
    BASE64.encode(serde_json::to_vec(&inside).unwrap_or_default())
}

/// Reads the parameter `cursor`, which must belong to this list.
pub(super) fn read<P: DeserializeOwned>(params: &mut Params, list: &impl Serialize) -> Option<P> {
    let text = params.text("cursor")?;
    let inside = BASE64.decode(&text).ok().and_then(|bytes| serde_json::from_slice::<Inside<P>>(&bytes).ok());
    match inside {
        Some(inside) if inside.list == fingerprint(list) => return Some(inside.place),
        Some(_) => params.lost("The cursor belongs to a list with other filters or another order."),
        None => params.lost("The cursor is not one that this server has given; leave it out to start again."),
    }
    None
}

fn fingerprint(list: &impl Serialize) -> String {
    let text = serde_json::to_vec(list).unwrap_or_default();
    blake3::hash(&text).to_hex()[..12].to_owned()
}
