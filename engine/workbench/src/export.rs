//! Pictures and tables of plots, written where the user says.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thalweg_protocol::{ApiError, ErrorCode, Reply, command::ExportFormat, limits};

use crate::{Dialogs, files::write_file};

/// Asks where and writes; the page brings the content, never the place.
///
/// # Errors
/// When the content is no such picture, is too large, or the file cannot be written.
pub(crate) async fn export(
    dialogs: &dyn Dialogs,
    name: &str,
    format: ExportFormat,
    content: &str,
) -> Result<Reply, ApiError> {
    let bytes = bytes(format, content)?;
    let extension = extension(format);
    let name = format!("{}.{extension}", file_name(name));
    let Some(path) = dialogs.export(&name, extension).await else { return Ok(Reply::Dismissed) };
    write_file(&path, &bytes)?;
    Ok(Reply::Done)
}

fn bytes(format: ExportFormat, content: &str) -> Result<Vec<u8>, ApiError> {
    if content.len() > limits::EXPORT_BYTES {
        let most = limits::EXPORT_BYTES / (1024 * 1024);
        return Err(ApiError::new(ErrorCode::TooLarge, format!("A plot of more than {most} MiB is not written.")));
    }
    match format {
        ExportFormat::Svg | ExportFormat::Csv => Ok(content.as_bytes().to_vec()),
        ExportFormat::Png => STANDARD
            .decode(content)
            .map_err(|error| ApiError::new(ErrorCode::Internal, format!("The picture arrived damaged: {error}."))),
    }
}

fn extension(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Png => "png",
        ExportFormat::Svg => "svg",
        ExportFormat::Csv => "csv",
    }
}

/// A name for a file made of what people call the flow: letters and digits of any script, the rest as one dash each.
fn file_name(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let joined: String = words.join("-").to_lowercase().chars().take(60).collect();
    if joined.is_empty() { "plot".to_owned() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words_only() {
        assert_eq!(file_name("Checkout (new) / v2"), "checkout-new-v2");
        assert_eq!(file_name("../../etc"), "etc");
        assert_eq!(file_name("…"), "plot");
        assert_eq!(file_name("Bestellung für München"), "bestellung-für-münchen");
    }

    #[test]
    fn a_picture_arrives_as_it_was() {
        assert_eq!(bytes(ExportFormat::Png, "iVBORw0K").ok(), Some(vec![0x89, b'P', b'N', b'G', b'\r', b'\n']));
        assert!(bytes(ExportFormat::Png, "not base64!").is_err());
        assert_eq!(bytes(ExportFormat::Csv, "time_s").ok(), Some(b"time_s".to_vec()));
        let long = "a".repeat(limits::EXPORT_BYTES + 1);
        assert_eq!(bytes(ExportFormat::Svg, &long).unwrap_err().code, ErrorCode::TooLarge);
    }
}
