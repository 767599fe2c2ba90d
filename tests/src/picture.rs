//! Pictures of the window: kept in `docs/pictures/`, shown by the README and the user guide, and compared with.
//!
//! Two pictures are alike when few enough of their pixels differ clearly. A pixel differs clearly when one of its colours
//! is further away than [`CLEARLY`]: what another processor rounds differently at the edge of a letter or a curve is
//! nearer, another letter is not. So many pixels may differ as [`FEW`] says: fewer than one short word has, more than the
//! ends of a curve that fell upon the neighbouring pixel. Fonts ship with the app, so machines draw the same letters.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::programs;

/// A colour of a pixel (of 256 steps) that is further away than this differs.
const CLEARLY: u8 = 32;
/// So many pixels of a picture may differ.
const FEW: usize = 60;
/// The command that takes all pictures anew.
const COMMAND: &str = "cargo xtask pictures";

/// Red, green, blue of each pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    /// Reads a PNG, whatever its kind of colours.
    pub fn read(bytes: &[u8]) -> Result<Picture> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().context("this is no PNG")?;
        let mut buffer = vec![0; reader.output_buffer_size().context("a picture larger than memory")?];
        let frame = reader.next_frame(&mut buffer).context("a broken PNG")?;
        let channels = frame.color_type.samples();
        let pixels = buffer[..frame.buffer_size()].chunks_exact(channels).flat_map(|pixel| match *pixel {
            [grey] | [grey, _] => [grey; 3],
            [red, green, blue, ..] => [red, green, blue],
            [] => [0; 3],
        });
        Ok(Picture { width: frame.width, height: frame.height, pixels: pixels.collect() })
    }

    /// A PNG that is small rather than quick to write.
    pub fn png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(bytes)
    }

    /// How many pixels differ clearly, and a picture of them: the other one faded, with what differs in red.
    fn difference(&self, other: &Picture) -> (usize, Picture) {
        let mut count = 0;
        let mut shown = other.clone();
        for (pixel, (a, b)) in
            shown.pixels.chunks_exact_mut(3).zip(self.pixels.chunks_exact(3).zip(other.pixels.chunks_exact(3)))
        {
            if a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > CLEARLY) {
                count += 1;
                pixel.copy_from_slice(&[255, 0, 64]);
            } else {
                for colour in pixel {
                    *colour = *colour / 4 + 96;
                }
            }
        }
        (count, shown)
    }
}

/// Where the picture of a scene is kept.
fn kept(name: &str) -> PathBuf {
    programs::root().join("docs/pictures").join(format!("{name}.png"))
}

/// Compares a screenshot with the picture that is kept; when pictures are taken anew, keeps it instead.
pub fn compare(name: &str, screenshot: &[u8]) -> Result<()> {
    let taken = Picture::read(screenshot)?;
    let file = kept(name);
    if programs::takes_pictures() {
        return approve(&file, &taken);
    }
    let bytes = fs::read(&file).with_context(|| format!("there is no picture {name}; `{COMMAND}` takes it"))?;
    let before = Picture::read(&bytes).with_context(|| format!("cannot read {}", file.display()))?;
    let artifacts = programs::artifacts()?;
    let new = artifacts.join(format!("{name}-new.png"));
    if [before.width, before.height] != [taken.width, taken.height] {
        fs::write(&new, taken.png()?)?;
        bail!("{name} has another size now; it is in {}", new.display());
    }
    let (count, shown) = before.difference(&taken);
    if count > FEW {
        let difference = artifacts.join(format!("{name}-difference.png"));
        fs::write(&new, taken.png()?)?;
        fs::write(&difference, shown.png()?)?;
        bail!(
            "{count} pixels of {name} differ, {FEW} may. It looks like {}; {} shows where it differs. When it should look \
             so: `{COMMAND}`, and review what changed in docs/pictures",
            new.display(),
            difference.display()
        );
    }
    Ok(())
}

/// Keeps a picture, unless the one that is there is the same but for what may differ: what did not change shall not
/// change the repository.
fn approve(file: &Path, taken: &Picture) -> Result<()> {
    let is_same = fs::read(file).ok().and_then(|bytes| Picture::read(&bytes).ok()).is_some_and(|before| {
        [before.width, before.height] == [taken.width, taken.height] && before.difference(taken).0 == 0
    });
    if is_same {
        return Ok(());
    }
    let folder = file.parent().context("a picture in no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let png = taken.png()?;
    ensure!(!png.is_empty(), "an empty picture");
    fs::write(file, png).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: u32, colour: u8) -> Picture {
        Picture { width, height: 2, pixels: vec![colour; width as usize * 6] }
    }

    #[test]
    fn a_picture_is_read_as_it_was_written() {
        let mut picture = plain(5, 200);
        picture.pixels[7] = 3;
        assert_eq!(Picture::read(&picture.png().unwrap()).unwrap(), picture);
        assert!(Picture::read(b"no picture").is_err());
    }

    #[test]
    fn rounding_is_no_difference_and_another_colour_is_one() {
        let (before, mut after) = (plain(40, 100), plain(40, 100));
        after.pixels.iter_mut().for_each(|colour| *colour += CLEARLY);
        assert_eq!(before.difference(&after).0, 0);
        after.pixels[4] += 1;
        let (count, shown) = before.difference(&after);
        assert_eq!((count, &shown.pixels[3..6]), (1, &[255, 0, 64][..]));
    }
}
