package handlers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"lianlian-checkout/models"
)

// Codes are RFC 6238's as all apps make them: six digits, half a minute, HMAC-SHA-1 with 160 bits. One step earlier and later are taken
// too, for clocks that differ.
const (
	stepSeconds   = 30
	stepsAside    = 1
	secretBytes   = 20
	recoveryCodes = 10
)

var codeOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// newSecret draws a second factor's secret.
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // it never fails
	return base32.StdEncoding.EncodeToString(b)
}

// secretURL is what the QR code of a secret holds, for the app.
func secretURL(shop, name, secret string) string {
	return "otpauth://totp/" + url.PathEscape(name) + "?secret=" + secret + "&issuer=" + url.PathEscape(shop)
}

// stepOf is the time step whose code that is, around now; 0 is none.
func stepOf(secret, code string, now time.Time) (step int64, err error) {
	current := now.Unix() / stepSeconds
	for s := current - stepsAside; s <= current+stepsAside; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), codeOptions) //nolint:gosec // the time isn't before 1970
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step = s
		}
	}
	return step, nil
}

// codeFits tells whether somebody's code is right, and uses it up: one of the app's, or a recovery code. Who has no second factor needs none.
func (h *Handler) codeFits(ctx context.Context, u models.User, typed string) (bool, error) {
	if !u.SecondFactor() {
		return true, nil
	}
	code := tidyCode(typed)
	if len(code) == codeOptions.Digits.Length() {
		step, err := stepOf(u.TOTPSecret, code, h.o.Now())
		if err != nil || step == 0 {
			return false, err
		}
		return h.o.People.UseStep(ctx, u.ID, step)
	}
	if len(code) != recoveryLength {
		return false, nil
	}
	return h.o.People.UseCode(ctx, u.ID, digest(code))
}

// recoveryLength is a recovery code's, in characters of base32 in lower case: 80 bits.
const recoveryLength = 16

// newRecovery draws recovery codes as they are shown, with their digests.
func newRecovery() (shown, digests []string) {
	for range recoveryCodes {
		b := make([]byte, recoveryLength*5/8)
		_, _ = rand.Read(b) // it never fails
		code := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		shown = append(shown, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
		digests = append(digests, digest(code))
	}
	return shown, digests
}

// tidyCode is a code without the blanks and dashes that make it readable.
func tidyCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToLower(typed[:min(len(typed), 60)]))
}
