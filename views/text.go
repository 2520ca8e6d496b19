package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed locale/*.json
var localeFiles embed.FS

// message is one text of one language, taken apart once, so that showing it only joins strings.
type message struct {
	one, other []segment
}

// segment is literal text, or the name of a value.
type segment struct {
	literal, name string
}

// catalogue holds every language's messages by key.
var catalogue = sync.OnceValue(func() map[string]map[string]message {
	all := map[string]map[string]message{}
	for _, lang := range Languages {
		messages, err := loadMessages(lang)
		if err != nil {
			panic(err) // the files are compiled in: a test reads them all
		}
		all[lang] = messages
	}
	return all
})

// loadMessages reads a language's file, which is in go-i18n's form.
func loadMessages(lang string) (map[string]message, error) {
	path := "locale/" + lang + ".json"
	data, err := localeFiles.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := i18n.ParseMessageFileBytes(data, path, map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	messages := make(map[string]message, len(file.Messages))
	for _, m := range file.Messages {
		other, err := segments(m.Other)
		if err != nil {
			return nil, fmt.Errorf("read %s: %s: %w", path, m.ID, err)
		}
		one := other
		if m.One != "" {
			if one, err = segments(m.One); err != nil {
				return nil, fmt.Errorf("read %s: %s: %w", path, m.ID, err)
			}
		}
		messages[m.ID] = message{one, other}
	}
	return messages, nil
}

// segments takes "{{.Count}} pieces" apart.
func segments(text string) ([]segment, error) {
	var out []segment
	for text != "" {
		literal, rest, found := strings.Cut(text, "{{")
		if literal != "" {
			out = append(out, segment{literal: literal})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed || len(name) < 2 || name[0] != '.' {
			return nil, fmt.Errorf("placeholder near %.20q is not like {{.Name}}", rest)
		}
		out = append(out, segment{name: name[1:]})
		text = after
	}
	return out, nil
}

// Text is the message of the key in the page's language. args are names and values in turn:
// Text("cart.pieces", "Count", 3). A value named Count, an int or int64, chooses between singular and plural. A key
// that doesn't exist is shown in double brackets, and a test finds it.
func (p Page) Text(key string, args ...any) string {
	m, ok := catalogue()[p.Lang][key]
	if !ok {
		if m, ok = catalogue()[Languages[0]][key]; !ok {
			return "[[" + key + "]]"
		}
	}
	if len(args) == 0 && len(m.other) == 1 && m.other[0].name == "" {
		return m.other[0].literal
	}
	parts := m.other
	if n, ok := count(args); ok && plural.Cardinal.MatchPlural(tagOf(p.Lang), int(n%10_000_000), 0, 0, 0, 0) == plural.One {
		parts = m.one
	}
	var b strings.Builder
	for _, s := range parts {
		if s.name == "" {
			b.WriteString(s.literal)
			continue
		}
		b.WriteString(value(args, s.name))
	}
	return b.String()
}

// has tells whether there is a message of the key.
func (p Page) has(key string) bool { _, ok := catalogue()[Languages[0]][key]; return ok }

func value(args []any, name string) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		switch v := args[i+1].(type) {
		case string:
			return v
		case int:
			return strconv.Itoa(v)
		case int64:
			return strconv.FormatInt(v, 10)
		default:
			return fmt.Sprint(v)
		}
	}
	return "[[" + name + "]]"
}

func count(args []any) (int64, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "Count" {
			switch v := args[i+1].(type) {
			case int:
				return int64(v), true
			case int64:
				return v, true
			}
		}
	}
	return 0, false
}

// wordGap is what stands between two words: nothing in Chinese, whose full-width brackets bring their own space.
func (p Page) wordGap() string {
	if p.Lang == "en" {
		return " "
	}
	return ""
}

func tagOf(lang string) language.Tag {
	for i, l := range Languages {
		if l == lang {
			return languageTags[i]
		}
	}
	return languageTags[0]
}
