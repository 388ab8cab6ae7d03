//! What plans are taken away as, for the planners, which do not hold it (`web/js/planner.js`).

use wasm_bindgen::prelude::*;

/// See [`lockstep_worker::exported`].
///
/// # Errors
/// As there.
#[wasm_bindgen]
pub fn exported(export: JsValue, plan: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    lockstep_worker::exported(export, plan)
}

fn main() {
    console_error_panic_hook::set_once();
}
