package config

import (
	"errors"
	"fmt"
	"strings"

	"lianlian-checkout/lianlian/simulator"
)

// Simulator is the gateway's twin: the one inside the checkout in mode simulator, and the one of the command simulator.
type Simulator struct {
	// Scenario is how it misbehaves from the start: words of simulator.ParseScenario. Defaults to none.
	Scenario []string `yaml:"scenario"`
	// Speed is how much faster than real time its schedule runs, 1 to 3600. Defaults to 1, and to what its page was last set to
	// where there is a state file.
	Speed int `yaml:"speed"`
	// StateFile keeps its payments over a restart; empty for none.
	StateFile string `yaml:"state_file"`

	// What follows is the command's alone.

	// Address is host:port. Defaults to 127.0.0.1:8090.
	Address string `yaml:"address"`
	// BaseURL is the URL under which buyers and shops reach it; empty means that it follows from the address.
	BaseURL string `yaml:"base_url"`
	// MerchantID is the one merchant that it knows; empty for the demo merchant's.
	MerchantID string `yaml:"merchant_id"`
	// MerchantKey is that merchant's public key, as the text of the key; empty for a key pair that is made.
	MerchantKey Secret `yaml:"merchant_key"`
}

// Misbehaviour is the scenario, which Parse has found good.
func (s Simulator) Misbehaviour() simulator.Scenario {
	sc, _ := simulator.ParseScenario(s.Scenario...)
	return sc
}

func (f *faults) checkSimulator(s Simulator) {
	for i, word := range s.Scenario {
		key := fmt.Sprintf("simulator.scenario[%d]", i)
		_, err := simulator.ParseScenario(word)
		if errors.Is(err, simulator.ErrUnknownName) {
			name, _, _ := strings.Cut(word, "=")
			remedy := "docs/simulator.md lists them"
			if n := nearest(strings.TrimSpace(name), simulator.ScenarioNames()); n != "" {
				remedy = "did you mean " + n + "? " + remedy
			}
			f.add(key, shown(word)+" is nothing that the simulator can do", remedy)
		} else if err != nil {
			f.add(key, "can't be done: "+err.Error(), "docs/simulator.md lists the values")
		}
	}
	if s.Speed < 1 || s.Speed > simulator.MaxSpeed {
		f.add("simulator.speed", fmt.Sprintf("%d is out of range", s.Speed), fmt.Sprintf("use 1 to %d", simulator.MaxSpeed))
	}
	f.listen("simulator.address", s.Address, "127.0.0.1:8090")
	if s.BaseURL != "" {
		f.url("simulator.base_url", s.BaseURL, true)
	}
	f.merchantID("simulator.merchant_id", s.MerchantID)
}

func (f *faults) merchantID(key, id string) {
	if len(id) > 32 || strings.Trim(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-") != "" {
		f.add(key, "is not a merchant's number", "use at most 32 letters and digits")
	}
}
