package lianlian

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
)

const (
	// RecommendedKeyBits is the length below which a key counts as weak.
	RecommendedKeyBits = 2048
	// MinimumKeyBits is the length below which a key is refused.
	MinimumKeyBits = 1024
	maximumKeyBits = 8192
	maximumKeyText = 32 << 10
)

// KeyError says why a text is not the key that is wanted. It never holds any of the text.
type KeyError struct {
	// Kind says what was found, such as "a public key", "a certificate" or "nothing".
	Kind string
	// Want says what is wanted: "an RSA private key" or "an RSA public key".
	Want string
	// Hint says what to do about it.
	Hint string
}

// Error names what was found, what is wanted and what to do.
func (e *KeyError) Error() string {
	return fmt.Sprintf("this is %s; wanted is %s: %s", e.Kind, e.Want, e.Hint)
}

const (
	wantPrivate = "an RSA private key"
	wantPublic  = "an RSA public key"
)

// ParsePrivateKey reads the merchant's RSA private key (guide 1.2): PKCS #8 or PKCS #1, as PEM or as bare
// base64 on one or many lines, with surrounding spaces or quotes tolerated. Everything else, a key below
// MinimumKeyBits too, gives a *KeyError; a key below RecommendedKeyBits is accepted: see KeyWarning.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	found, err := findKey(text, wantPrivate)
	if err != nil {
		return nil, err
	}
	switch key := found.key.(type) {
	case *rsa.PrivateKey:
		if err := checkKeySize(&key.PublicKey, wantPrivate); err != nil {
			return nil, err
		}
		key.Precompute()
		return key, nil
	case *rsa.PublicKey:
		return nil, &KeyError{Kind: "a public key", Want: wantPrivate,
			Hint: "the private half, made together with the public key that LianLian was given, belongs here"}
	}
	return nil, &KeyError{Kind: found.kind, Want: wantPrivate, Hint: "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"}
}

// ParsePublicKey reads LianLian's RSA public key, ll_pub_key (guide 1.2): X.509 SubjectPublicKeyInfo or
// PKCS #1, as PEM or as bare base64 on one or many lines, with surrounding spaces or quotes tolerated.
// Everything else, a key below MinimumKeyBits too, gives a *KeyError; a key below RecommendedKeyBits is
// accepted: see KeyWarning.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	found, err := findKey(text, wantPublic)
	if err != nil {
		return nil, err
	}
	switch key := found.key.(type) {
	case *rsa.PublicKey:
		if err := checkKeySize(key, wantPublic); err != nil {
			return nil, err
		}
		return key, nil
	case *rsa.PrivateKey:
		return nil, &KeyError{Kind: "a private key", Want: wantPublic,
			Hint: "LianLian's public key belongs here; keep the private key in its own setting only"}
	}
	return nil, &KeyError{Kind: found.kind, Want: wantPublic, Hint: "LianLian gives its public key, ll_pub_key, with the merchant id"}
}

// WeakKey tells whether a key of so many bits is shorter than the 2048 that the gateway asks for.
func WeakKey(bits int) bool { return bits < RecommendedKeyBits }

// KeyWarning gives a sentence to show to the operator if the key is weak, else "".
func KeyWarning(key *rsa.PublicKey) string {
	if bits := key.N.BitLen(); WeakKey(bits) {
		return fmt.Sprintf("the RSA key has %d bits; the gateway asks for %d or more", bits, RecommendedKeyBits)
	}
	return ""
}

// SamePair tells whether the two are halves of one pair. Configured as the merchant's private key and
// LianLian's public key they must not be: it means that the merchant's own public key stands where
// LianLian's belongs, and every answer of the gateway would be refused.
func SamePair(private *rsa.PrivateKey, public *rsa.PublicKey) bool {
	return private.PublicKey.Equal(public)
}

type foundKey struct {
	kind string
	key  any // *rsa.PrivateKey, *rsa.PublicKey, or nil
}

func findKey(text, want string) (foundKey, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.Trim(text, " \t\r\n\"'`")
	// Environment files often carry a PEM on one line with the two characters \n in it.
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\r`, ""), `\n`, "\n")
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return foundKey{}, &KeyError{Kind: "nothing", Want: want, Hint: "the setting is empty"}
	case len(text) > maximumKeyText:
		return foundKey{}, &KeyError{Kind: "a text that is too long", Want: want, Hint: "give one key and nothing else"}
	case strings.HasPrefix(text, "ssh-"):
		return foundKey{}, &KeyError{Kind: "an OpenSSH public key", Want: want, Hint: "convert it with: ssh-keygen -e -m PKCS8"}
	case strings.HasPrefix(text, "-----BEGIN"):
		return findPEM(text, want)
	}
	der, err := base64.StdEncoding.Strict().DecodeString(squeeze(text))
	if err != nil {
		return foundKey{}, &KeyError{Kind: "neither PEM nor base64, or cut short", Want: want,
			Hint: "paste the whole key, padding included, and nothing else"}
	}
	return classify(der, want)
}

func findPEM(text, want string) (foundKey, error) {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	block, rest := pem.Decode([]byte(strings.Join(lines, "\n") + "\n"))
	if block == nil {
		return foundKey{}, &KeyError{Kind: "a damaged PEM", Want: want, Hint: "paste it whole, from the BEGIN line to the END line"}
	}
	if len(strings.TrimSpace(string(rest))) > 0 {
		return foundKey{}, &KeyError{Kind: "more than one PEM block", Want: want, Hint: "give one key and nothing else"}
	}
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return encryptedKey(want)
	case block.Type == "OPENSSH PRIVATE KEY":
		return foundKey{}, &KeyError{Kind: "an OpenSSH private key", Want: want, Hint: "convert it with: ssh-keygen -p -m PKCS8"}
	}
	return classify(block.Bytes, want)
}

func encryptedKey(want string) (foundKey, error) {
	return foundKey{}, &KeyError{Kind: "an encrypted private key", Want: want, Hint: "decrypt it first with: openssl pkey -in KEY"}
}

// classify finds out what a DER text holds, so that an error can name it.
func classify(der []byte, want string) (foundKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return describe(key), nil
	}
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		return describe(key), nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return describe(key), nil
	}
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return describe(key), nil
	}
	if _, err := x509.ParseECPrivateKey(der); err == nil {
		return foundKey{kind: "an elliptic-curve private key"}, nil
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		return foundKey{}, &KeyError{Kind: "a certificate", Want: want, Hint: "give the key itself; a certificate's public key: openssl x509 -pubkey -noout"}
	}
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		return foundKey{}, &KeyError{Kind: "a certificate request", Want: want, Hint: "give the key itself"}
	}
	var encrypted struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Data []byte
	}
	if rest, err := asn1.Unmarshal(der, &encrypted); err == nil && len(rest) == 0 {
		return encryptedKey(want)
	}
	if truncated(der) {
		return foundKey{}, &KeyError{Kind: "a key that was cut short", Want: want, Hint: "paste the whole key"}
	}
	return foundKey{}, &KeyError{Kind: "not a key that can be read", Want: want, Hint: "give PKCS #8, PKCS #1 or X.509, as PEM or base64, unaltered"}
}

func describe(key any) foundKey {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return foundKey{kind: wantPrivate, key: key}
	case *rsa.PublicKey:
		return foundKey{kind: wantPublic, key: key}
	case *ecdsa.PrivateKey:
		return foundKey{kind: "an elliptic-curve private key"}
	case *ecdsa.PublicKey:
		return foundKey{kind: "an elliptic-curve public key"}
	case ed25519.PrivateKey:
		return foundKey{kind: "an Ed25519 private key"}
	case ed25519.PublicKey:
		return foundKey{kind: "an Ed25519 public key"}
	}
	return foundKey{kind: "a key of another sort"}
}

// truncated tells whether the outermost DER sequence announces more bytes than there are.
func truncated(der []byte) bool {
	if len(der) < 2 || der[0] != 0x30 {
		return false
	}
	length, header := int(der[1]), 2
	if length >= 0x80 {
		size := length - 0x80
		if size == 0 || size > 3 || len(der) < 2+size {
			return false
		}
		length, header = 0, 2+size
		for _, b := range der[2 : 2+size] {
			length = length<<8 | int(b)
		}
	}
	return len(der) < header+length
}

func checkKeySize(key *rsa.PublicKey, want string) error {
	bits := key.N.BitLen()
	switch {
	case bits < MinimumKeyBits:
		return &KeyError{Kind: fmt.Sprintf("an RSA key of %d bits", bits), Want: want,
			Hint: fmt.Sprintf("it needs %d bits or more", RecommendedKeyBits)}
	case bits > maximumKeyBits:
		return &KeyError{Kind: fmt.Sprintf("an RSA key of %d bits", bits), Want: want,
			Hint: fmt.Sprintf("at most %d bits are accepted", maximumKeyBits)}
	case key.E < 3 || key.E%2 == 0:
		return &KeyError{Kind: "an RSA key with an unusable exponent", Want: want, Hint: "make it with the exponent 65537"}
	}
	return nil
}

// squeeze drops the white space of wrapped base64.
func squeeze(text string) string {
	return strings.Join(strings.Fields(text), "")
}
