//! Files in and out: picked, dropped, downloaded.

use gloo::utils::document;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, DragEvent, FileList, HtmlAnchorElement, HtmlInputElement, Url};

/// A file that was picked or dropped.
#[derive(Clone)]
pub struct Picked(web_sys::File);

impl Picked {
    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.size() as u64
    }

    /// Its content.
    pub async fn read(&self) -> Result<Vec<u8>, String> {
        let read = wasm_bindgen_futures::JsFuture::from(self.0.array_buffer()).await;
        read.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec()).map_err(|_| "it could not be read".to_string())
    }
}

/// The files of a file field, in order; the field is emptied so that the same file can be picked again.
pub fn picked(input: &HtmlInputElement) -> Vec<Picked> {
    let files = input.files().map(list).unwrap_or_default();
    input.set_value("");
    files
}

/// The files of a drop; empty when something else was dropped.
pub fn dropped(event: &DragEvent) -> Vec<Picked> {
    event.data_transfer().and_then(|data| data.files()).map(list).unwrap_or_default()
}

/// Is a file being dragged (and not text)?
pub fn drags_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

fn list(files: FileList) -> Vec<Picked> {
    let mut sorted: Vec<Picked> = Vec::new();
    for file in (0..files.length()).filter_map(|i| files.get(i)).map(Picked) {
        let at = sorted.partition_point(|other| other.name() <= file.name());
        sorted.insert(at, file);
    }
    sorted
}

/// Saves bytes as a file.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a").map(|link| link.unchecked_into::<HtmlAnchorElement>()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The download has started by then; the memory need not stay.
    gloo::timers::callback::Timeout::new(10_000, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
}
