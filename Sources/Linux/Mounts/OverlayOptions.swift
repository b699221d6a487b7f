/// The options of every overlay, and why: a delta has to be complete and independent of what lies below it.
///
/// - `redirect_dir=nofollow`: a renamed directory is copied, not redirected to a lower one that may change.
/// - `metacopy=off`: no file without its data.
/// - `index=off`: an upper directory may meet other lower ones.
/// - `xino=off`: inode numbers are those of the layers.
/// - `uuid=null`: no random attribute on the upper directory. Refused before Linux 6.6, and left out there.
/// - `volatile`: unmounting does not sync the whole file system; durability is the store's.
enum OverlayOptions {
    static let nullUUID = (key: "uuid", value: "null")

    static func values(nullUUID: Bool) -> [(key: String, value: String)] {
        [("redirect_dir", "nofollow"), ("metacopy", "off"), ("index", "off"), ("xino", "off")]
            + (nullUUID ? [Self.nullUUID] : [])
    }

    /// Options without a value.
    static func flags(hasUpper: Bool) -> [String] { hasUpper ? ["volatile"] : [] }
}
