//! The planner for PostgreSQL.

use wasm_bindgen::prelude::*;

/// See [`lockstep_worker::planned`].
///
/// # Errors
/// As there.
#[wasm_bindgen]
pub fn planned(request: JsValue) -> Result<Vec<u8>, JsValue> {
    lockstep_worker::planned(request)
}

fn main() {
    lockstep_worker::listen();
}
