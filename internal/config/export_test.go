package config

// ParseWith is Parse with another reader of files.
func ParseWith(yaml []byte, environ []string, readFile ReadFile) (*Config, error) {
	return parse(yaml, environ, readFile)
}

// Setting is one key with its environment variable and its value's text.
type Setting struct {
	Key, Env string
	Value    any
	Secret   bool
}

// Settings lists every key of c.
func Settings(c *Config) []Setting {
	var out []Setting
	for _, s := range settings(c) {
		out = append(out, Setting{s.key, s.env, s.value.Interface(), s.secret})
	}
	return out
}
