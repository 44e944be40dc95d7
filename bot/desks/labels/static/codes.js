// Reads and verifies the code of a label, in the browser alone. The layout stands in bot/desks/labels/codes.py; a test compares both.
"use strict";
const labelCodes = (() => {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const BODY = 33, SIGNATURE = 64, CHARS = 156;
  const CONTEXT = new TextEncoder().encode("kouan-label\0");

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const bytesOf = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

  function plain(text) {
    return text.slice(text.lastIndexOf("#") + 1).replace(/[\s-]/g, "").toUpperCase();
  }

  function base32(text) {
    const bytes = new Uint8Array(Math.floor(text.length * 5 / 8));
    let value = 0, bits = 0, at = 0;
    for (const letter of text) {
      value = (value << 5) | ALPHABET.indexOf(letter);
      bits += 5;
      if (bits >= 8) { bits -= 8; bytes[at++] = (value >> bits) & 255; value &= (1 << bits) - 1; }
    }
    // Spare bits that are set would be a second spelling of the same code.
    return value === 0 ? bytes : null;
  }

  function read(text) {
    const code = plain(text);
    if (code.length !== CHARS || !/^[A-Z2-7]+$/.test(code)) return null;
    const raw = base32(code);
    if (!raw || raw.length !== BODY + SIGNATURE || raw[0] !== 1) return null;
    const view = new DataView(raw.buffer);
    const event = new TextDecoder().decode(raw.slice(5, 13)).replace(/\0+$/, "");
    if (!/^[A-Z0-9]{2,8}$/.test(event)) return null;
    const day = (days) => new Date(Date.UTC(2020, 0, 1) + days * 86400000).toISOString().slice(0, 10);
    return {
      code, keyId: hex(raw.slice(1, 5)), event, serialNo: view.getUint32(13), package: view.getUint16(17),
      packages: view.getUint16(19), from: day(view.getUint16(21)), until: day(view.getUint16(23)),
      lineHash: hex(raw.slice(25, 33)), body: raw.slice(0, BODY), signature: raw.slice(BODY),
    };
  }

  function serial(event, number) {
    const digits = String(number).padStart(6, "0");
    let total = 0;
    for (const digit of digits) total = (total + Number(digit)) * 2 % 11;
    const check = (12 - total) % 11;
    return `${event}-${digits}-${check === 10 ? "X" : check}`;
  }

  // "valid", "format", "unknown_key", "revoked_key", "signature", or "no_crypto" where the browser cannot verify.
  async function verify(label, keys) {
    if (!label) return "format";
    const key = keys.find((one) => one.kid === label.keyId);
    if (!key) return "unknown_key";
    let imported;
    try {
      imported = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x: key.x }, { name: "Ed25519" }, false, ["verify"]);
    } catch (error) {
      return "no_crypto";
    }
    const signed = new Uint8Array(CONTEXT.length + BODY);
    signed.set(CONTEXT);
    signed.set(label.body, CONTEXT.length);
    if (!await crypto.subtle.verify({ name: "Ed25519" }, imported, label.signature, signed)) return "signature";
    return key.revoked ? "revoked_key" : "valid";
  }

  async function lineHash(parts) {
    const text = parts.map((part) => part.trim().normalize("NFC")).join("\n");
    return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).slice(0, 8));
  }

  return { read, verify, serial, lineHash, bytesOf };
})();
