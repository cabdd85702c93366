//! Several files in one input: each a length of three bytes and what is in it, in an order that both sides know.

/// Writes them.
pub(crate) fn pack<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut packed = Vec::new();
    for file in files {
        let length = u32::try_from(file.len()).expect("files of seeds are small").to_be_bytes();
        packed.extend_from_slice(&length[1..]);
        packed.extend_from_slice(file);
    }
    packed
}

/// Takes the next one from the front of any bytes: a length beyond the end means the rest.
pub(crate) fn next<'a>(packed: &mut &'a [u8]) -> &'a [u8] {
    let Some(([high, middle, low], rest)) = packed.split_first_chunk() else { return std::mem::take(packed) };
    let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
    let (file, rest) = rest.split_at(length.min(rest.len()));
    *packed = rest;
    file
}
