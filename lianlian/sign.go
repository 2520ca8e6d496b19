package lianlian

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// SigningString gives the string that a message's signature is made over (guide 2.2): the leaves of the
// JSON object as key=value, joined with &, names sorted at every level by UTF-16 code unit, the names of
// objects and arrays dropped, null and scalars directly inside an array left out, an empty string kept as
// key=, numbers as they are written (one with an exponent as Java prints it: 1e-6 as 0.000001), no escaping.
//
// It reads strictly: one object, no name twice, nothing after it, valid UTF-8, at most 32 levels; anything
// else gives an error that matches ErrMalformed.
//
// The string doesn't determine the message: fields can move between levels, and a value may contain &
// and =. See ParseNotification for what follows from that.
func SigningString(body []byte) (string, error) {
	doc, err := parseDocument(body)
	if err != nil {
		return "", err
	}
	return doc.signing(false, nil), nil
}

// LeanSigningString is SigningString without the empty strings. Some of LianLian's own clients sign this
// form, so a Verifier tries it second; a Signer never makes it.
func LeanSigningString(body []byte) (string, error) {
	doc, err := parseDocument(body)
	if err != nil {
		return "", err
	}
	return doc.signing(true, nil), nil
}

// Signer signs with one RSA private key: SHA1withRSA, PKCS #1 v1.5, base64 (guide 2.2). It is safe for
// concurrent use.
type Signer struct {
	key *rsa.PrivateKey
}

// NewSigner returns a signer for the key, which it prepares for fast use. The key must not be nil; it is
// not copied and must not be changed afterwards.
func NewSigner(key *rsa.PrivateKey) *Signer {
	key.Precompute()
	return &Signer{key: key}
}

// Sign signs the SigningString of a JSON body. It returns an error that matches ErrMalformed if the body
// is not one strict JSON object.
func (s *Signer) Sign(body []byte) (signature string, err error) {
	text, err := SigningString(body)
	if err != nil {
		return "", err
	}
	return s.SignString(text)
}

// SignString signs a string that is already canonical.
func (s *Signer) SignString(signing string) (string, error) {
	sum := sha1.Sum([]byte(signing))
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA1, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// PublicKey is the public half of the signer's key: what the merchant gives to LianLian.
func (s *Signer) PublicKey() *rsa.PublicKey { return &s.key.PublicKey }

// Verifier checks signatures with LianLian's public key (guide 2.2). It is safe for concurrent use.
type Verifier struct {
	key *rsa.PublicKey
}

// NewVerifier returns a verifier for the key, which must not be nil.
func NewVerifier(key *rsa.PublicKey) *Verifier { return &Verifier{key: key} }

// Verify checks a signature over a JSON body: over its SigningString or, failing that, its
// LeanSigningString. It returns nil, an error that matches ErrSignature, or one that matches ErrMalformed
// if the body is not one strict JSON object.
//
// A matching signature doesn't make every reading of the body safe: use ParseNotification, ParseReturn or
// Client, which read only what the signature pins down.
func (v *Verifier) Verify(body []byte, signature string) error {
	doc, err := parseDocument(body)
	if err != nil {
		return err
	}
	_, err = v.document(doc, signature)
	return err
}

// VerifyString checks a signature over a string that is already canonical. It returns nil or an error
// that matches ErrSignature.
func (v *Verifier) VerifyString(signing, signature string) error {
	raw, err := decodeSignature(signature)
	if err != nil {
		return err
	}
	return v.check(signing, raw)
}

// document returns the form of the document that the signature was made over.
func (v *Verifier) document(doc *document, signature string) (signed string, err error) {
	raw, err := decodeSignature(signature)
	if err != nil {
		return "", err
	}
	signed = doc.signing(false, nil)
	if err = v.check(signed, raw); err == nil {
		return signed, nil
	}
	if lean := doc.signing(true, nil); lean != signed && v.check(lean, raw) == nil {
		return lean, nil
	}
	return "", err
}

func (v *Verifier) check(signing string, raw []byte) error {
	sum := sha1.Sum([]byte(signing))
	if err := rsa.VerifyPKCS1v15(v.key, crypto.SHA1, sum[:], raw); err != nil {
		return fmt.Errorf("%w: not made over this message with this key", ErrSignature)
	}
	return nil
}

// maxSignature is the length of the base64 text of a signature of 8192 bits, the longest key accepted.
const maxSignature = 1368

// decodeSignature reads one signature: standard alphabet, padded, no line breaks, no stray bits.
func decodeSignature(text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, fmt.Errorf("%w: none given", ErrSignature)
	case len(text) > maxSignature:
		return nil, fmt.Errorf("%w: too long", ErrSignature)
	case strings.ContainsAny(text, "\r\n"): // which package base64 would skip
		return nil, fmt.Errorf("%w: not base64", ErrSignature)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64", ErrSignature)
	}
	return raw, nil
}

// HeaderSignature gives the value of the signature header (guide 2.1.1). It returns an error that matches
// ErrSignature unless the header is there exactly once.
func HeaderSignature(h http.Header) (string, error) {
	switch values := h.Values("signature"); len(values) {
	case 0:
		return "", fmt.Errorf("%w: no signature header", ErrSignature)
	case 1:
		return values[0], nil
	default:
		return "", fmt.Errorf("%w: %d signature headers", ErrSignature, len(values))
	}
}
