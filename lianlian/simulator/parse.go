package simulator

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

// ErrUnknownName says that something is the name of neither a knob nor a [Mischief].
var ErrUnknownName = errors.New("neither a knob nor a mischief")

// ParseScenario makes a scenario of words, as they stand in a configuration. Each is the name of a [Mischief], such as lost, or a
// knob of [Scenario] in small letters with underscores and, unless it is a switch, its value: lose_notification,
// create_delay=3s, create_return_code=SYSTEM_BUSY. Later ones go over earlier ones. Delays are at most an hour. The error
// matches [ErrUnknownName], or says what is right.
func ParseScenario(words ...string) (Scenario, error) {
	var sc Scenario
	for _, word := range words {
		name, value, hasValue := strings.Cut(strings.TrimSpace(word), "=")
		if m, ok := mischiefByName(name); ok && !hasValue {
			for _, k := range knobs {
				k.copy(&sc, m.Scenario)
			}
			continue
		}
		k, ok := knobByName(strings.TrimSpace(name))
		if !ok {
			return Scenario{}, fmt.Errorf("%q is %w", name, ErrUnknownName)
		}
		value = strings.TrimSpace(value)
		switch {
		case k.flag != nil && (!hasValue || value == "true"):
			value = "on"
		case k.flag != nil && value == "false":
			value = "off"
		case k.flag != nil:
			return Scenario{}, fmt.Errorf("%s is a switch: leave %q out", name, "="+value)
		case value == "":
			return Scenario{}, fmt.Errorf("%s has no value: write %s=…", name, name)
		case k.seconds != nil:
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 || d > maxKnobDelay {
				return Scenario{}, fmt.Errorf("%s: use a duration from 0s to 1h, like 5s", name)
			}
			*k.seconds(&sc) = d
			continue
		}
		if err := k.read(&sc, value); err != nil {
			return Scenario{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return sc, nil
}

// ScenarioNames lists the names that [ParseScenario] knows, mischiefs first.
func ScenarioNames() []string {
	var names []string
	for _, m := range mischiefs {
		names = append(names, m.Name)
	}
	for _, k := range knobs {
		names = append(names, k.name)
	}
	return names
}

func knobByName(name string) (knob, bool) {
	for _, k := range knobs {
		if k.name == name {
			return k, true
		}
	}
	return knob{}, false
}

// copy takes over what a scenario has away from zero.
func (k knob) copy(to *Scenario, from Scenario) {
	switch {
	case k.flag != nil:
		*k.flag(to) = *k.flag(to) || *k.flag(&from)
	case k.count != nil && *k.count(&from) != 0:
		*k.count(to) = *k.count(&from)
	case k.seconds != nil && *k.seconds(&from) != 0:
		*k.seconds(to) = *k.seconds(&from)
	case k.code != nil && *k.code(&from) != "":
		*k.code(to) = *k.code(&from)
	case k.decline != nil && *k.decline(&from) != "":
		*k.decline(to) = *k.decline(&from)
	}
}

// readScenario makes a scenario of the overview's form. An absent field is off.
func readScenario(form url.Values) (Scenario, error) {
	var sc Scenario
	for _, k := range knobs {
		if err := k.read(&sc, form.Get(k.name)); err != nil {
			return Scenario{}, fmt.Errorf("knob %s: %w", k.name, err)
		}
	}
	return sc, nil
}

func (k knob) read(sc *Scenario, v string) error {
	if v == "" {
		return nil
	}
	switch {
	case k.flag != nil:
		*k.flag(sc) = v == "on"
	case k.count != nil:
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > k.max {
			return fmt.Errorf("want a whole number from 0 to %d", k.max)
		}
		*k.count(sc) = n
	case k.seconds != nil:
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n >= 0 && n <= maxKnobDelay.Seconds()) {
			return fmt.Errorf("want seconds from 0 to %.0f", maxKnobDelay.Seconds())
		}
		*k.seconds(sc) = time.Duration(n * float64(time.Second))
	case k.code != nil:
		code := lianlian.ReturnCode(v)
		if _, ok := code.Info(); !ok {
			return fmt.Errorf("unknown return code")
		}
		*k.code(sc) = code
	case k.decline != nil:
		if !knownDecline(lianlian.DeclineCode(v)) {
			return fmt.Errorf("unknown decline code")
		}
		*k.decline(sc) = lianlian.DeclineCode(v)
	}
	return nil
}
