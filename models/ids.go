package models

import (
	"crypto/rand"
	"unicode/utf8"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// numberAlphabet has no look-alikes: no 0 and O, no 1, I and L, no U and V.
const numberAlphabet = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// NewToken returns n random characters of [0-9A-Za-z]: 5.95 bits each.
func NewToken(n int) string { return random(base62, n) }

// NewMerchantTransactionID returns an id for one payment at the gateway: 44 characters, 262 bits.
func NewMerchantTransactionID() string { return NewToken(44) }

// newOrderNumber returns a number that a person can read out: "7K3M-Q2XD".
func newOrderNumber() string {
	s := random(numberAlphabet, 8)
	return s[:4] + "-" + s[4:]
}

// random draws n characters without bias: bytes past the last whole multiple are drawn again.
func random(alphabet string, n int) string {
	out := make([]byte, 0, n)
	limit := 256 - 256%len(alphabet)
	buf := make([]byte, n+n/2)
	for len(out) < n {
		rand.Read(buf) // never fails
		for _, b := range buf {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

// storable tells whether a text from outside can be compared in the database at all: PostgreSQL refuses
// broken UTF-8 and NUL with an error that isn't ours to suffer.
func storable(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}
