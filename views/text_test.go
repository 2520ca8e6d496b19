package views_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// keysByData are the messages whose keys are put together from data: prefix and every value it can meet.
func keysByData() []string {
	var keys []string
	add := func(prefix string, values ...string) {
		for _, v := range values {
			keys = append(keys, prefix+v)
		}
	}
	for _, s := range models.OrderStatuses {
		add("status.", string(s))
		if s.Settled() {
			add("order.headline.", string(s))
			add("order.next.", string(s))
			if s == models.OrderCancelled || s == models.OrderExpired || s == models.OrderFailed {
				add("api.over.", string(s))
			}
		}
	}
	for _, p := range []models.CartProblem{models.ProblemUnknown, models.ProblemSoldOut, models.ProblemTooMany, models.ProblemAmount, models.ProblemOverflow,
		models.ProblemQuantity, models.ProblemTooLong, models.ProblemCurrency} {
		add("problem.", string(p))
	}
	for _, p := range models.DiscountProblems {
		add("discount.problem.", string(p))
	}
	for _, s := range views.DemoStories() {
		add("demo.story.", s.Name)
		for i := range s.Scenes {
			add("demo.story.", s.Name+"."+strconv.Itoa(i+1))
		}
	}
	add("demo.screen.", "desktop", "phone", "desk", "wire")
	for _, n := range views.Notices() {
		add("notice.", string(n))
	}
	for _, s := range models.DeliveryStates {
		add("webhooks.state.", string(s))
	}
	for _, w := range models.Processors {
		add("wallet.", string(w))
		add("app.", string(w))
	}
	for _, groups := range []map[string]string{views.Refusals, views.Declines} {
		for _, group := range groups {
			add("declined.", group+".why", group+".next")
		}
	}
	add("how.", views.HowQR, views.HowRedirect, views.HowApp)
	add("why.", "in_wechat", "in_alipay", "other_alipay", "other_app")
	add("device.", "show_code", "is_phone", "not_inside", "automatic")
	add("guide.", "tap_other")
	add("order.", "here_title_other")
	add("field.", append(views.FieldNames(), "payment_processor")...)
	add("hint.", "email", "postal_code", "state")
	add("gender.", "female", "male", "undefined")
	add("error.", "required", "too_long", "format", "unknown", "characters", "email.format", "phone.format", "id_no.format", "state.unknown", "state.country", "country.required",
		"extra.required", "extra.too_long", "extra.characters", "number.required", "number.format",
		"payment_processor.required", "payment_processor.unknown")
	add("embed.problem.", "unknown", "sold_out", "too_many", "amount", "overflow", "quantity", "too_long", "currency")
	for _, key := range []string{"not_found", "too_large", "bad_request", "forbidden", "too_many", "unavailable", "internal", "simulator_off", "method", "return"} {
		add("trouble."+key+".", "title", "next")
	}
	for _, k := range models.EventKinds {
		if k != models.EventEvidence { // named by its source
			add("event.", string(k))
		}
	}
	for _, s := range models.Sources {
		add("event.source.", string(s))
	}
	for _, state := range models.LinkStates {
		add("links.state.", string(state))
		if state != models.LinkOpen {
			add("links.closed."+string(state)+".", "title", "next")
		}
	}
	add("links.closed."+views.LinkSoldOut+".", "title", "next")
	add("links.amount.", "required", "format", "whole", "least", "most")
	add("links.kind.", "fixed", "free", "items")
	add("links.field.", "title", "question", "amount", "least", "most", "suggested", "max_payments", "expires", "reference")
	add("links.hint.", "title", "question", "max_payments", "expires", "reference")
	add("links.error.", "format", "amount", "currency", "characters", "too_long", "title.required", "amount.required", "most.below_least", "suggested.out_of_range",
		"items.quantity", "items.unknown", "items.free", "items.too_long", "max_payments.format", "expires_at.past", "expires_at.format")
	add("links.sheet.", "a4", "a6")
	add("today.tile.", "paid", "waiting", "failed", "attention")
	add("weekday.", "0", "1", "2", "3", "4", "5", "6")
	add("trouble.query.", "unknown", "twice", "value", "order", "range", "unreadable")
	for _, than := range []string{"today.than_yesterday", "today.than_last_week", "today.than_week"} {
		add(than, "", ".none", ".first")
	}
	for _, w := range models.Processors {
		add("links.wallet.", string(w))
	}
	for _, k := range models.AttentionKinds {
		add("attention."+string(k)+".", "what", "do")
	}
	for _, k := range []models.MailKind{models.MailReceipt, models.MailLink} {
		add("attention.mail.", string(k))
	}
	for _, k := range models.CodeKinds {
		add("codes.kind.", string(k))
	}
	for _, s := range models.Statuses {
		add("code.status."+string(s)+".", "name", "buyer", "merchant", "engineer")
	}
	for code := range views.Refusals {
		add("code.return."+code+".", "merchant", "engineer")
	}
	for code := range views.Declines {
		add("code.decline."+code+".", "merchant", "engineer")
	}
	for _, k := range models.ExchangeKinds {
		add("wire.kind.", string(k))
	}
	for _, s := range models.OrderStatuses {
		if s != models.OrderCancelled { // "ended" and "closed" stand written out in models
			add("next.", string(s))
		}
	}
	add("next.", "unchosen", "overdue", "by_hand", "ended", "closed")
	// Rules, columns and parts of a form are joined to these; a test of the desk's forms looks for words that are missing.
	for _, key := range views.Keys("en") {
		for _, family := range []string{"products.error.", "products.hint.", "products.field.", "products.show.", "products.state.", "import.error.", "branding.error.", "branding.hint.",
			"branding.field.", "branding.mode.", "legal.", "audit.product", "audit.branding."} {
			if strings.HasPrefix(key, family) {
				keys = append(keys, key)
			}
		}
	}
	for _, v := range models.Verdicts {
		add("verdict.", string(v))
	}
	for _, r := range models.Roles {
		add("role.", string(r))
		add("people.may.", string(r))
	}
	for _, c := range models.CheckReasons {
		add("check."+c.Check+".", "name")
		add("check."+c.Check+".", c.Pass...)
		for _, reason := range c.Other {
			add("check."+c.Check+"."+reason, "", ".remedy")
		}
	}
	for _, g := range []models.Grade{models.GradePass, models.GradeWarn, models.GradeFail} {
		add("check.grade.", string(g))
		add("check.sum.", string(g))
	}
	for _, f := range models.SignFindings {
		add("sign.finding.", f)
	}
	for _, s := range models.UserStates {
		add("people.state.", string(s))
	}
	add("people.error.", "required", "format", "taken", "short", "too_long", "easy", "wrong")
	return append(keys, refundKeys()...)
}

// TestNoticesHaveATone: one without is never shown.
func TestNoticesHaveATone(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("notice.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`Notice = "([a-z_]+)"`).FindAllSubmatch(source, -1)
	for _, n := range named {
		if !slices.Contains(views.Notices(), views.Notice(n[1])) {
			t.Errorf("%s has no tone", n[1])
		}
	}
	if len(named) != len(views.Notices()) {
		t.Errorf("%d notices, %d tones", len(named), len(views.Notices()))
	}
}

// TestActionsHaveWords: whatever an operator does that the handlers keep on record has words for the audit log, as audit.<action>.
func TestActionsHaveWords(t *testing.T) {
	t.Parallel()
	for _, action := range actionsInHandlers(t) {
		for _, lang := range views.Languages {
			if !slices.Contains(views.Keys(lang), "audit."+action) {
				t.Errorf("%s: no words for %q: add the key audit.%s to views/locale/%s.json", lang, action, action, lang)
			}
		}
	}
}

// actionsInHandlers are the actions that stand in calls of Handler.record.
func actionsInHandlers(t *testing.T) []string {
	t.Helper()
	call := regexp.MustCompile(`\.record(?:As)?\(c, (?:"([a-z_]+\.[a-z_]+)"|[\w.]+, "([a-z_]+\.[a-z_]+)")?`)
	files, err := filepath.Glob("../handlers/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no handlers: ", err)
	}
	var actions []string
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			if m[1]+m[2] == "" && !strings.HasSuffix(name, "/desk.go") {
				t.Errorf("%s: write the action out in each call of record, or nobody checks that it has words", name)
			}
			if m[1]+m[2] != "" {
				actions = append(actions, m[1]+m[2])
			}
		}
	}
	return actions
}

// keysInSource are the keys that stand written out in pages and code.
func keysInSource(t *testing.T) []string {
	t.Helper()
	literal := regexp.MustCompile(`"([a-z][a-z_]*(?:\.[a-z_]+)+)"`)
	var keys []string
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") || !(strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")) {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(source), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			for _, m := range literal.FindAllStringSubmatch(line, -1) {
				if !strings.HasSuffix(m[1], ".css") && !strings.HasSuffix(m[1], ".js") {
					keys = append(keys, m[1])
				}
			}
		}
	}
	return keys
}

func TestEveryKeyIsThereAndUsed(t *testing.T) {
	t.Parallel()
	used := append(keysInSource(t), keysByData()...)
	for _, action := range actionsInHandlers(t) {
		used = append(used, "audit."+action)
	}
	for _, lang := range views.Languages {
		have := views.Keys(lang)
		for _, key := range used {
			if !slices.Contains(have, key) {
				t.Errorf("%s: no message %q", lang, key)
			}
		}
		for _, key := range have {
			if !slices.Contains(used, key) {
				t.Errorf("%s: message %q is used nowhere", lang, key)
			}
		}
	}
}

func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	sorted := func(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
	for _, key := range views.Keys("en") {
		_, want, _ := views.Placeholders("en", key)
		for _, lang := range views.Languages {
			one, other, _ := views.Placeholders(lang, key)
			if got := sorted(other); !slices.Equal(got, sorted(want)) {
				t.Errorf("%s %s: placeholders %v, want %v", lang, key, got, want)
			}
			if got := sorted(one); !slices.Equal(got, sorted(want)) {
				t.Errorf("%s %s: placeholders of the singular %v, want %v", lang, key, got, want)
			}
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lang, key string
		args            []any
		want            string
	}{
		{"plain", "en", "cart.title", nil, "Your cart"},
		{"one", "en", "layout.cart", []any{"Count", 1}, "Cart, 1 item"},
		{"many", "en", "layout.cart", []any{"Count", int64(21)}, "Cart, 21 items"},
		{"none", "en", "layout.cart", []any{"Count", 0}, "Cart, 0 items"},
		{"Chinese has one form", "zh-Hant", "layout.cart", []any{"Count", 1}, "購物車，1 件"},
		{"value", "zh-Hans", "checkout.pay", []any{"Amount", "HK$1.00"}, "支付 HK$1.00"},
		{"unknown language falls back", "fr", "cart.title", nil, "Your cart"},
		{"missing key shows", "en", "no.such_key", nil, "[[no.such_key]]"},
		{"missing value shows", "en", "checkout.pay", nil, "Pay [[Amount]]"},
		{"a value isn't a template", "en", "checkout.pay", []any{"Amount", "{{.Amount}}"}, "Pay {{.Amount}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (views.Page{Lang: tt.lang}).Text(tt.key, tt.args...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMatchLanguage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query, cookie, accept, fallback, want string
	}{
		{"address first", "zh-Hans", "en", "zh-HK", "en", "zh-Hans"},
		{"then the cookie", "", "zh-Hant", "en", "en", "zh-Hant"},
		{"then the browser", "", "", "zh-CN,zh;q=0.9,en;q=0.8", "en", "zh-Hans"},
		{"Hong Kong", "", "", "zh-HK,zh;q=0.9", "en", "zh-Hant"},
		{"Macao", "", "", "zh-MO", "en", "zh-Hant"},
		{"Taiwan", "", "", "zh-TW", "en", "zh-Hant"},
		{"Singapore", "", "", "zh-SG", "en", "zh-Hans"},
		{"script and region", "", "", "zh-Hant-HK", "en", "zh-Hant"},
		{"English of elsewhere", "", "", "en-GB,en;q=0.9,zh-HK;q=0.8", "zh-Hant", "en"},
		{"the best we have", "", "", "fr-FR,zh-HK;q=0.5", "en", "zh-Hant"},
		{"none of ours", "", "", "fr,de", "zh-Hant", "zh-Hant"},
		{"nonsense is passed over", "<script>", ";;;", "\x00", "zh-Hans", "zh-Hans"},
		{"too long to be read", "", "", strings.Repeat("zh-HK,", 100), "en", "en"},
		{"nothing at all", "", "", "", "", "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := views.MatchLanguage(tt.query, tt.cookie, tt.accept, tt.fallback); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMatchLanguage(f *testing.F) {
	f.Add("zh-HK", "en", "zh-CN,zh;q=0.9")
	f.Add("", "*", "en;q=x")
	f.Add("und", "x-private", strings.Repeat("zh,", 500))
	f.Fuzz(func(t *testing.T, query, cookie, accept string) {
		if got := views.MatchLanguage(query, cookie, accept, "en"); !slices.Contains(views.Languages, got) {
			t.Errorf("%q is not one of our languages", got)
		}
	})
}
