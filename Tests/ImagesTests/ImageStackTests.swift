import Images
import Linux
import Model
import TestSupport
import Testing

/// An image's layers, unpacked and stacked, against the same edits applied to one directory.
struct ImageStackTests {
    @Test(arguments: ["pax", "gnu"])
    func `stacked layers show what the edits they record made of a directory`(format: String) async throws {
        let scratch = try Scratch()
        try scratch.shell(Self.base + Self.pack("1", format))
        try scratch.shell(Self.edits + Self.pack("2", format) + Self.marks)
        try scratch.shell(Self.further + Self.pack("3", format))
        let layout = try LayoutBuilder(scratch)
        let layers = try ["gzip -1", "zstd -q", "cat"].enumerated().map { index, command in
            try layout.layer(scratch.read("layer\(index + 1).tar"), packedBy: command)
        }
        try layout.add(try layout.image(layers))
        let fixture = try ImportFixture(below: scratch)
        let imported = try await fixture.importer.importOCILayout(layout.open(), tag: nil)
        #expect(imported.leftOut == [])
        let expected = try TreeListing(of: scratch.directory("flat"))
        // GNU's own format has whole seconds and no attributes.
        let shown = try fixture.listing(imported.image)
        if format == "pax" { #expect(shown.differences(from: expected) == []) }
        #expect(shown.paths == expected.paths)
        #expect(shown.text("etc/changed") == "new\n" && shown.text("lib/link") == nil)
    }

    private static let base = """
        mkdir -p flat/{bin,etc,opt/old/deep,lib,var/log}; cd flat
        for f in bin/sh etc/{gone,changed,kept} opt/old/{a,deep/b} lib/link var/file; do echo $f > $f; done
        ln bin/sh bin/dash; ln -s sh bin/ash; mknod lib/null c 1 3; mkfifo var/pipe; chmod 4755 bin/sh
        setcap cap_net_raw=ep lib/link; setfattr -n user.a -v b etc; chown 5:6 etc/kept; chmod 1777 var
        chmod 750 .; mkdir "$(printf 'caf\\303\\251')" "$(printf 'lat\\351')"
        touch -d '2002-02-02T02:02:02.123456789Z' etc/* var .
        cd ..; touch stamp; touch -d '2002-02-02T02:02:02.123456789Z' flat/opt flat

        """

    private static let edits = """
        cd flat; rm etc/gone; echo new > etc/changed; rm -r opt/old; mkdir opt/old; echo c > opt/old/c
        rm -r var/log; echo log > var/log; rm var/file; mkdir var/file; echo x > var/file/x
        ln -sf dash bin/ash; rm lib/link; setcap cap_chown=ep bin/dash; chown 7:8 etc; chmod 700 .
        ln etc/changed etc/hard; truncate -s 3M lib/hole; echo end >> lib/hole; cd ..

        """

    /// What the second layer has to say of what is gone.
    private static let marks = """
        mkdir -p marks/{etc,opt/old,lib}; touch marks/etc/.wh.gone marks/opt/old/.wh..wh..opq marks/lib/.wh.link
        tar -C marks --no-recursion -rf layer2.tar etc/.wh.gone opt/old/.wh..wh..opq lib/.wh.link
        """

    private static let further = """
        cd flat; echo more > opt/old/more; chmod 711 opt; touch -d '2003-03-03T03:03:03.3Z' opt/old opt .; cd ..

        """

    /// Everything of the directory: a layer may repeat what did not change.
    private static func pack(_ number: String, _ format: String) -> String {
        let attributes = format == "pax" ? "--xattrs --xattrs-include='*'" : ""
        return
            "tar -C flat --format=\(format) \(attributes) --sparse --numeric-owner -cf layer\(number).tar .\n"
    }
}
