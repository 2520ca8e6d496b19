package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/internal/app"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/lianlian"
)

// asProgram makes the test binary behave as the program.
const asProgram = "APP_TEST_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	environ := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CHECKOUT_TEST_") })
	os.Exit(app.Run(context.Background(), app.Process{Args: os.Args[1:], Environ: environ, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// startProgram runs the program in a folder until the test ends. What it prints is left to be read.
func startProgram(t *testing.T, folder string, environ []string, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Stderr = folder, t.Output()
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), environ...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewReader(out)
}

// simulatorProcess is the command simulator, running.
type simulatorProcess struct {
	cmd  *exec.Cmd
	yaml string // what it printed for a shop's configuration
	conf struct {
		url string
		key *rsa.PublicKey
	}
}

func startSimulator(t *testing.T, args ...string) *simulatorProcess {
	t.Helper()
	return startSimulatorIn(t, t.TempDir(), args...)
}

func startSimulatorIn(t *testing.T, folder string, args ...string) *simulatorProcess {
	t.Helper()
	shipped, err := filepath.Abs("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cmd, out := startProgram(t, folder, nil, append([]string{"--config", shipped, "simulator", "--address", "127.0.0.1:0"}, args...)...)
	p := &simulatorProcess{cmd: cmd}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line := lines.Text(); line == "lianlian:" || p.yaml != "" {
			p.yaml += line + "\n"
		}
		if text, ok := strings.CutPrefix(lines.Text(), "  base_url: "); ok {
			p.conf.url = text
		}
		if text, ok := strings.CutPrefix(lines.Text(), "  public_key: "); ok {
			der, _ := base64.StdEncoding.DecodeString(text)
			key, err := x509.ParsePKIXPublicKey(der)
			if err != nil {
				t.Fatal(err)
			}
			p.conf.key = key.(*rsa.PublicKey)
			return p
		}
	}
	t.Fatal("the simulator printed no key")
	return nil
}

// strangers is a merchant's client that shares nothing with this module: flat fields, sorted, joined, SHA1withRSA.
type strangers struct {
	id  string
	key *rsa.PrivateKey
}

func canonical(fields map[string]any) []byte {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch v := fields[name].(type) {
		case map[string]any:
			parts = append(parts, string(canonical(v)))
		default:
			parts = append(parts, fmt.Sprintf("%s=%v", name, v))
		}
	}
	return []byte(strings.Join(parts, "&"))
}

func verifies(key *rsa.PublicKey, body []byte, signature string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha1.Sum(canonical(fields))
	return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], raw)
}

func (s strangers) call(t *testing.T, p *simulatorProcess, method, path string, fields map[string]any) map[string]any {
	t.Helper()
	sum := sha1.Sum(canonical(fields))
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA1, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	body := io.Reader(http.NoBody)
	if method == http.MethodPost {
		text, _ := json.Marshal(fields)
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.conf.url+"/v4/merchants/"+s.id+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("signature", base64.StdEncoding.EncodeToString(signature))
	req.Header.Set("timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifies(p.conf.key, answer, resp.Header.Get("signature")); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, answer, err)
	}
	var got struct{ Order map[string]any }
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	return got.Order
}

func (s strangers) status(t *testing.T, p *simulatorProcess) any {
	t.Helper()
	return s.call(t, p, http.MethodGet, "/payments/order-1", map[string]any{"merchant_id": s.id, "merchant_transaction_id": "order-1"})["transaction_status"]
}

// TestSimulatorCommand starts the command as a process of its own, pays against it with somebody else's client, kills it, and finds the payment
// in the next one.
func TestSimulatorCommand(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	public, state := filepath.Join(folder, "public.pem"), filepath.Join(folder, "state.json")
	if err := os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	shop := strangers{"2080898732499253", key}
	args := []string{"--merchant-id", shop.id, "--merchant-key", public, "--state", state}
	first := startSimulator(t, args...)

	notified := make(chan error, 1)
	inbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		err := verifies(first.conf.key, body, r.Header.Get("signature"))
		if err == nil && !bytes.Contains(body, []byte(`"transaction_status":"PS"`)) {
			err = fmt.Errorf("notified %s", body)
		}
		_, _ = io.WriteString(w, `{"code":"200","msg":"success"}`)
		notified <- err
	}))
	defer inbox.Close()
	order := shop.call(t, first, http.MethodPost, "/payments", map[string]any{
		"merchant_id": shop.id, "merchant_transaction_id": "order-1", "payment_processor": "alipayhk", "payment_method": "web_pay",
		"transaction_amount": "168.00", "transaction_currency": "HKD", "transaction_time": strconv.FormatInt(time.Now().UnixMilli(), 10), "country": "HK",
		"notification_url": inbox.URL, "redirect_url": "https://shop.example/return",
	})
	page, _ := order["payment_url"].(string)
	if !strings.HasPrefix(page, first.conf.url+"/pay/") {
		t.Fatalf("payment_url %q", page)
	}
	if st := shop.status(t, first); st != "WP" {
		t.Errorf("before paying: %v", st)
	}
	buyer := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := buyer.Post(page+"/pay", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to := resp.Header.Get("Location"); !strings.HasPrefix(to, "https://shop.example/return?") {
		t.Errorf("the buyer goes to %q", to)
	}
	select {
	case err := <-notified:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no notification")
	}
	if st := shop.status(t, first); st != "PS" {
		t.Errorf("after paying: %v", st)
	}
	_ = first.cmd.Process.Kill()
	_ = first.cmd.Wait()
	second := startSimulator(t, args...)
	if !second.conf.key.Equal(first.conf.key) {
		t.Error("the next one has another key")
	}
	if st := shop.status(t, second); st != "PS" {
		t.Errorf("after a kill: %v", st)
	}
}

// TestSimulatorPrintsAConfiguration: what it prints is a shop's configuration as it stands.
func TestSimulatorPrintsAConfiguration(t *testing.T) {
	t.Parallel()
	p := startSimulator(t)
	conf, err := config.Parse([]byte(p.yaml), nil)
	if err != nil {
		t.Fatalf("%v, in\n%s", err, p.yaml)
	}
	if conf.LianLian.Mode != config.ModeTest || conf.LianLian.BaseURL != p.conf.url || conf.LianLian.MerchantID == "" || !strings.Contains(conf.LianLian.PrivateKey.Value(), "PRIVATE KEY") {
		t.Errorf("read as %+v", conf.LianLian)
	}
	if strings.Contains(p.yaml, "PRIVATE KEY") || strings.Contains(p.yaml, "MIIEv") {
		t.Error("a private key was printed")
	}
}

// TestSimulatorKeepsTheKeysItMade: with a state and no key of the merchant, what it printed at the first start is good at the next.
func TestSimulatorKeepsTheKeysItMade(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := startSimulatorIn(t, folder, "--state", "state.json")
	conf, err := config.Parse([]byte(first.yaml), nil)
	if err != nil {
		t.Fatalf("%v, in\n%s", err, first.yaml)
	}
	key, err := lianlian.ParsePrivateKey(conf.LianLian.PrivateKey.Value())
	if err != nil {
		t.Fatal(err)
	}
	shop := strangers{conf.LianLian.MerchantID, key}
	shop.call(t, first, http.MethodPost, "/payments", map[string]any{
		"merchant_id": shop.id, "merchant_transaction_id": "order-1", "payment_processor": "alipayhk", "payment_method": "web_pay",
		"transaction_amount": "168.00", "transaction_currency": "HKD", "transaction_time": strconv.FormatInt(time.Now().UnixMilli(), 10), "country": "HK",
		"notification_url": "http://127.0.0.1:1/", "redirect_url": "https://shop.example/return",
	})
	_ = first.cmd.Process.Kill()
	_ = first.cmd.Wait()
	second := startSimulatorIn(t, folder, "--state", "state.json")
	if !second.conf.key.Equal(first.conf.key) {
		t.Error("the next one has another key of the gateway")
	}
	if st := shop.status(t, second); st != "WP" {
		t.Errorf("signed with the key of the first start: %v", st)
	}
}

func TestSimulatorCommandLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		environ, args []string
		says          string
	}{
		"a key that is none":  {nil, []string{"--merchant-key", "nonsense"}, "the merchant's public key"},
		"a private key":       {nil, []string{"--merchant-key", vectors + "private_pkcs8.pem"}, "the merchant's public key"},
		"too fast":            {nil, []string{"--speed", "9999"}, "Speed is from 1 to 3600"},
		"a state of no state": {nil, []string{"--state", "app_test.go"}, "app_test.go: not a state of the simulator"},
		"nowhere to listen":   {nil, []string{"--address", "192.0.2.1:80"}, "simulator.address"},
		"a bad scenario":      {[]string{"CHECKOUT_SIMULATOR_SCENARIO=lots"}, nil, "did you mean lost?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := append([]string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(t.TempDir(), "x.db"), "CHECKOUT_SIMULATOR_ADDRESS=127.0.0.1:0"}, tt.environ...)
			if code, stdout, stderr := run(t, environ, append([]string{"simulator"}, tt.args...)...); code != 2 || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit code %d; printed %q %q, want %q in it", code, stdout, stderr, tt.says)
			}
		})
	}
}

// TestBuiltInSimulatorIsConfigured: the shop's own simulator misbehaves, hurries and remembers as the configuration says.
func TestBuiltInSimulatorIsConfigured(t *testing.T) {
	t.Parallel()
	shipped, err := filepath.Abs("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	_, out := startProgram(t, folder, []string{"CHECKOUT_SERVER_ADDRESS=127.0.0.1:0",
		"CHECKOUT_SIMULATOR_SCENARIO=lost", "CHECKOUT_SIMULATOR_SPEED=60", "CHECKOUT_SIMULATOR_STATE_FILE=data/simulator.json"}, "--config", shipped)
	line, err := out.ReadString('\n')
	base, ok := strings.CutPrefix(strings.TrimSpace(line), "Shop open at ")
	if !ok {
		t.Fatalf("printed %q, %v", line, err)
	}
	resp, err := http.Get(base + "/simulator/?lang=en")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(page, []byte(`aria-pressed="true">Notifications get lost`)) || !bytes.Contains(page, []byte("× 60")) {
		t.Errorf("%v: the page doesn't show the scenario and the speed: %s", err, page)
	}
	if info, err := os.Stat(filepath.Join(folder, "data", "simulator.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state's file: %v, %v", info, err)
	}
}

// TestDoctorLeavesTheStateAlone: the shop that runs beside it has that file.
func TestDoctorLeavesTheStateAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	state := filepath.Join(folder, "state.json")
	_, stdout, stderr := run(t, []string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(folder, "x.db"), "CHECKOUT_SERVER_BASE_URL=http://127.0.0.1:1", "CHECKOUT_SIMULATOR_STATE_FILE=" + state}, "doctor")
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("doctor made the state's file (%v): %s %s", err, stdout, stderr)
	}
}
