//! The browser's storage for this site. It may be refused; then nothing is kept and the page says so.

use gloo::storage::{LocalStorage, Storage};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PREFIX: &str = "lockstep.v1.";

/// Keeps a value. False when the browser refuses (private window, no room).
pub fn keep<T: Serialize>(name: &str, value: &T) -> bool {
    let Ok(value) = value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) else { return false };
    let Some(text) = js_sys::JSON::stringify(&value).ok().and_then(|text| text.as_string()) else { return false };
    available() && LocalStorage::raw().set_item(&[PREFIX, name].concat(), &text).is_ok()
}

/// What was kept, if it can still be read.
pub fn kept<T: DeserializeOwned>(name: &str) -> Option<T> {
    if !available() {
        return None;
    }
    let text = LocalStorage::raw().get_item(&[PREFIX, name].concat()).ok()??;
    let value = js_sys::JSON::parse(&text).ok()?;
    serde_wasm_bindgen::from_value(value).ok()
}

/// Asking for the storage throws where site data is blocked.
fn available() -> bool {
    gloo::utils::window().local_storage().is_ok_and(|storage| storage.is_some())
}
