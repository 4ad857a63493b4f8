// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Texts and paths as C takes them: real UTF-8, and the file system's own bytes. A file: URI holds a
 * path's bytes whatever the locale is, so names that are no UTF-8 pass too, and every Unicode name
 * passes under LANG=C, where {@code Path.of} refuses it.
 */
final class Text {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private Text() {}

    /** Of a text that ends with a zero byte in C. */
    static byte[] utf8(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a name or value holds a zero character: " + text);
        }
        return encode(text);
    }

    static byte[] encode(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            return Arrays.copyOf(bytes.array(), bytes.limit());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text holds half of a surrogate pair", e);
        }
    }

    static String string(byte[] utf8) { return new String(utf8, StandardCharsets.UTF_8); }

    /** Of what must be UTF-8. */
    static String exact(byte[] utf8) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("an option can only hold a path that is UTF-8, and "
                    + string(utf8) + " is not", e);
        }
    }

    static byte[] bytes(Path path) {
        byte[] all = absolute(path);
        if (path.isAbsolute()) {
            return all;
        }
        byte[] here = absolute(Path.of(""));
        int skip = here.length == 1 ? 1 : Math.min(here.length + 1, all.length);
        return skip == all.length ? new byte[] {'.'} : Arrays.copyOfRange(all, skip, all.length);
    }

    static Path path(byte[] bytes) {
        StringBuilder uri = new StringBuilder("file://");
        boolean relative = bytes.length == 0 || bytes[0] != '/';
        Path here = Path.of("").toAbsolutePath();
        if (relative) {
            uri.append(here.toUri().getRawPath()).append('/');
        }
        for (byte b : bytes) {
            if (b == '/') {
                uri.append('/');
            } else {
                uri.append('%').append((char) HEX[b >> 4 & 15]).append((char) HEX[b & 15]);
            }
        }
        Path path = Path.of(URI.create(uri.toString()));
        return relative ? here.relativize(path) : path;
    }

    private static byte[] absolute(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException("not a path of the file system: " + path.toUri());
        }
        String uri = path.toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < uri.length(); i++) {
            boolean escaped = uri.charAt(i) == '%';
            bytes.write(escaped ? Integer.parseInt(uri, i + 1, i + 3, 16) : uri.charAt(i));
            i += escaped ? 2 : 0;
        }
        byte[] all = bytes.toByteArray(); // a directory's URI ends with a slash
        return all.length > 1 && all[all.length - 1] == '/'
                ? Arrays.copyOf(all, all.length - 1) : all;
    }
}
