package models

// Grade is how a check ended.
type Grade string

// The grades.
const (
	GradePass Grade = "pass"
	GradeWarn Grade = "warn" // it works, and somebody should know
	GradeFail Grade = "fail" // money is lost or can't be taken as it is
)

// Finding is what one check of the go-live list found, as codes with facts: the pages' texts word it (check.<Check>.<Reason>, and .remedy behind it). No fact is a secret or
// belongs to a buyer.
type Finding struct {
	Check  string            `json:"check"`
	Grade  Grade             `json:"grade"`
	Reason string            `json:"reason"`
	Facts  map[string]string `json:"facts,omitempty"`
}

// NewFinding makes one; facts are names and values in turn.
func NewFinding(check string, grade Grade, reason string, facts ...string) Finding {
	f := Finding{Check: check, Grade: grade, Reason: reason}
	for i := 0; i+1 < len(facts); i += 2 {
		if f.Facts == nil {
			f.Facts = map[string]string{}
		}
		f.Facts[facts[i]] = facts[i+1]
	}
	return f
}

// CheckReasons are the lines of the go-live list, in order, with what each can find.
var CheckReasons = []struct {
	Check string
	Pass  []string
	Other []string // with a remedy
}{
	{"configuration", []string{"ok"}, []string{"fault", "incomplete", "slow", "panic"}},
	{"mode", []string{"ok"}, []string{"simulator", "test", "url"}},
	{"private_key", []string{"ok"}, []string{"weak", "unreadable"}},
	{"public_key", []string{"ok"}, []string{"weak", "own", "unreadable"}},
	{"gateway", []string{"ok"}, []string{"unsigned", "unbelievable", "signature", "merchant", "ip", "refused", "other", "unreachable"}},
	{"clock", []string{"ok"}, []string{"off", "far", "unknown"}},
	{"base_url", []string{"ok"}, []string{"http"}},
	{"name", []string{"ok"}, []string{"none", "private"}},
	{"certificate", []string{"ok"}, []string{"soon", "bad"}},
	{"reach", []string{"ok"}, []string{"fails", "other"}},
	{"notify", []string{"ok"}, []string{"fails", "wrong"}},
	{"proxies", []string{"ok"}, []string{"none"}},
	{"database", []string{"ok"}, []string{"weak", "unavailable", "none"}},
	{"schema", []string{"ok"}, []string{"pending", "newer"}},
	{"disk", []string{"ok"}, []string{"low", "full"}},
	{"backup", []string{"ok"}, []string{"off", "elsewhere", "none", "old"}},
	{"files", []string{"ok"}, []string{"open"}},
	{"desk", []string{"ok", "password"}, []string{"closed"}},
	{"mail", []string{"ok", "own"}, []string{"off", "fails"}},
	{"webhooks", []string{"ok", "none"}, []string{"private", "fails"}},
}
