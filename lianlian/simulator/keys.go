package simulator

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"lianlian-checkout/lianlian"
)

// DemoMerchantID is the merchant of [LoadKeys]. Real ones are digits only, so that no log mistakes one for the other.
const DemoMerchantID = "SIMULATOR00000001"

// Keys is what a demonstration needs on both sides of the wire.
type Keys struct {
	Gateway    *rsa.PrivateKey // Options.Key; its public half is the merchant's "LianLian public key"
	Merchant   *rsa.PrivateKey // the merchant signs with it; its public half is Options.MerchantKey
	MerchantID string          // DemoMerchantID
}

// LoadKeys reads the key pairs of the gateway and of the demo merchant from dir, and makes those that don't exist:
// 2048 bits, PEM with PKCS#8, readable by the owner only. A file that holds anything else is an error, never overwritten.
// Several processes may start at once: all of them get the same keys.
func LoadKeys(dir string) (Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, fmt.Errorf("load simulator keys: %w", err)
	}
	keys := Keys{MerchantID: DemoMerchantID}
	var err error
	if keys.Gateway, err = loadKey(filepath.Join(dir, "gateway_private.pem")); err != nil {
		return Keys{}, fmt.Errorf("load simulator keys: %w", err)
	}
	if keys.Merchant, err = loadKey(filepath.Join(dir, "merchant_private.pem")); err != nil {
		return Keys{}, fmt.Errorf("load simulator keys: %w", err)
	}
	return keys, nil
}

// Demo makes a simulator at baseURL and the demo merchant's client of it, with the keys of LoadKeys. It is all that a demonstration
// needs; close the simulator when done.
func Demo(dir, baseURL string) (*Simulator, *lianlian.Client, error) {
	keys, err := LoadKeys(dir)
	if err != nil {
		return nil, nil, err
	}
	s, err := New(keys.Options(baseURL))
	return s, keys.Client(baseURL), err
}

// Options are those of a simulator with these keys that is reached at baseURL; what stands in its path is the PathPrefix.
func (k Keys) Options(baseURL string) Options {
	o := Options{MerchantID: k.MerchantID, MerchantKey: &k.Merchant.PublicKey, Key: k.Gateway, BaseURL: baseURL}
	if u, err := url.Parse(baseURL); err == nil { // else New says what is wrong
		o.PathPrefix = strings.TrimRight(u.Path, "/")
	}
	return o
}

// Client is the demo merchant's client of the simulator at baseURL.
func (k Keys) Client(baseURL string) *lianlian.Client {
	return &lianlian.Client{
		BaseURL: baseURL, MerchantID: k.MerchantID, Signer: lianlian.NewSigner(k.Merchant), Verifier: lianlian.NewVerifier(&k.Gateway.PublicKey),
	}
}

func loadKey(file string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(file); err != nil {
			return nil, err
		}
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	key, err := lianlian.ParsePrivateKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// makeKey writes a complete new key under its name in one step, and leaves a file that somebody else made meanwhile.
func makeKey(file string) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	err = pem.Encode(temp, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err = os.Link(temp.Name(), file); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(temp.Name(), file) // a file system without links
}
