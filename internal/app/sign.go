package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

type signCommand struct {
	Body      string `help:"File with the message as it came; - is the standard input." default:"-" placeholder:"FILE"`
	Signature string `help:"The value of its signature header." placeholder:"TEXT"`
	Expected  string `help:"File with the string that the other side says it signed." placeholder:"FILE"`
	PublicKey string `help:"File with the key that should have signed. Defaults to lianlian.public_key." placeholder:"FILE"`
	Language  string `help:"Language of the verdict: en, zh-Hans or zh-Hant." default:"en" enum:"en,zh-Hans,zh-Hant"`
}

// mostMessage is how long a message may be.
const mostMessage = 1 << 20

// Run prints the string that has to be signed, and says why the signature matches it or doesn't. Keys aren't printed.
func (s signCommand) Run(p *Process, cli *commands) error {
	body, err := readMessage(s.Body)
	if err != nil {
		return usageError{err}
	}
	expected := ""
	if s.Expected != "" {
		text, err := readMessage(s.Expected)
		if err != nil {
			return usageError{err}
		}
		expected = strings.TrimRight(string(text), "\r\n")
	}
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	o, faults := examined(conf, p)
	if faults != nil {
		return usageError{errors.New(checkout.Describe(faults, "en")[0].Found)}
	}
	client := *o.Client
	if s.PublicKey != "" {
		text, err := readMessage(s.PublicKey)
		if err != nil {
			return usageError{err}
		}
		key, err := lianlian.ParsePublicKey(string(text))
		if err != nil {
			return usageError{fmt.Errorf("--public-key: %w", err)}
		}
		client.Verifier = lianlian.NewVerifier(key)
	}
	return printSign(p.Stdout, checkout.CheckSignature(&client, string(body), s.Signature, expected), s.Language)
}

// errSignature makes the exit code 1; the verdict was printed already.
var errSignature = errors.New("the signature doesn't match")

func printSign(w io.Writer, c models.SignCheck, language string) error {
	_, err := fmt.Fprintln(w, checkout.DescribeSignature(c, language))
	part := func(title, text string) {
		if text != "" {
			fmt.Fprintf(w, "\n%s:\n%s\n", title, text)
		}
	}
	part("String to be signed", c.Signing)
	part("The same without empty values, which some of LianLian's clients sign", c.Lean)
	switch {
	case c.DiffersAt < 0 && c.Expected != "" && c.Signing != "":
		fmt.Fprintf(w, "\nIt is the string that was expected.\n")
	case c.DiffersAt >= 0:
		at := min(c.DiffersAt, len(c.Signing), len(c.Expected))
		fmt.Fprintf(w, "\nThe two part at character %d:\nfrom the body: %s\nexpected:      %s\n", utf8.RuneCountInString(c.Signing[:at])+1, neighbourhood(c.Signing, at), neighbourhood(c.Expected, at))
	}
	if err == nil && !c.Good() && c.Finding != "nothing" {
		err = errSignature
	}
	return err
}

// neighbourhood shows a text around a byte, with a mark before it.
func neighbourhood(text string, at int) string {
	head, tail := []rune(text[:at]), []rune(text[at:])
	before, after := "", ""
	if len(head) > 30 {
		head, before = head[len(head)-30:], "…"
	}
	if len(tail) > 30 {
		tail, after = tail[:30], "…"
	}
	return before + string(head) + "▸" + string(tail) + after
}

func readMessage(name string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the operator's
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, mostMessage+1))
	if err == nil && len(text) > mostMessage {
		err = fmt.Errorf("%s has more than %d bytes", name, mostMessage)
	}
	return text, err
}
