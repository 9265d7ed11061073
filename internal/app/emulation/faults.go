package emulation

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/remote/chaos"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// Service is one of the three servers of a world.
type Service string

const (
	// Raynet is the CRM's API.
	Raynet Service = "raynet"
	// Graph is Microsoft Graph.
	Graph Service = "graph"
	// Authority is Entra's token endpoint.
	Authority Service = "authority"
)

func services() []Service { return []Service{Raynet, Graph, Authority} }

// Valid tells whether s is one of the services above.
func (s Service) Valid() bool { return slices.Contains(services(), s) }

// layer is the network in front of a service.
func (w *World) layer(s Service) *chaos.Layer {
	switch s {
	case Graph:
		return w.Outlook.Layer()
	case Authority:
		return w.Outlook.AuthorityLayer()
	default:
		return w.Raynet.Layer()
	}
}

// ErrFaultName says that no fault has that name, or that the name is taken.
var ErrFaultName = errors.New("fault name")

// Fault is one entry of the catalogue, or a custom fault that is on.
type Fault struct {
	Name    string  `json:"name"`
	Service Service `json:"service"`
	// Says is one English sentence for people; empty for custom faults.
	Says string `json:"says,omitempty"`
	// On tells whether it can happen now. Faults that happen at once and are over (dead delta tokens) are never on.
	On bool `json:"on"`
	// Custom is what a custom fault does; nil for those of the catalogue.
	Custom *chaos.Fault `json:"custom,omitempty"`
}

// mailboxGone may be followed by a colon and a mailbox.
const mailboxGone = "mailbox-gone"

// Faults lists the catalogue of both services and the custom faults that are on, sorted by name.
func (w *World) Faults() []Fault {
	out := w.catalogue()
	for _, service := range services() {
		for _, f := range w.layer(service).Faults() {
			if !slices.ContainsFunc(out, func(known Fault) bool { return known.Name == f.Name }) {
				out = append(out, Fault{Name: f.Name, Service: service, On: true, Custom: &f})
			}
		}
	}
	slices.SortFunc(out, func(a, b Fault) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (w *World) catalogue() []Fault {
	var out []Fault
	for _, f := range w.Raynet.Faults() {
		out = append(out, Fault{Name: f.Name, Service: Raynet, Says: f.Says, On: f.On})
	}
	active := w.Outlook.Active()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.Outlook.Faults() {
		service := Graph
		if strings.HasPrefix(f.Name, "token-") || strings.HasPrefix(f.Name, "id-token-") {
			service = Authority
		}
		on := slices.Contains(active, f.Name)
		if f.Name == mailboxGone && len(w.gone) > 0 { // the emulator does not say whose mailbox it is
			on = w.gone[f.Name]
		}
		out = append(out, Fault{Name: f.Name, Service: service, Says: sentence(f.Sentence), On: on})
	}
	for name := range w.gone {
		if _, who, named := strings.Cut(name, ":"); named {
			out = append(out, Fault{Name: name, Service: Graph, Says: "The mailbox " + who + " is gone.", On: true})
		}
	}
	return out
}

// sentence gives a phrase its capital and its full stop.
func sentence(phrase string) string {
	if phrase == "" {
		return ""
	}
	return strings.ToUpper(phrase[:1]) + strings.TrimSuffix(phrase[1:], ".") + "."
}

// Inject switches a fault of the catalogue on; an unknown name is ErrFaultName. "mailbox-gone" may be followed by a colon and
// a mailbox.
func (w *World) Inject(name string) error { return w.turn(name, true) }

// Heal switches a fault of the catalogue or a custom one off; an unknown name is ErrFaultName. What a late commit of it holds
// back is applied now.
func (w *World) Heal(name string) error {
	for _, service := range services() {
		layer := w.layer(service)
		i := slices.IndexFunc(layer.Faults(), func(f chaos.Fault) bool { return f.Name == name })
		if i < 0 || w.listed(name) {
			continue
		}
		late := layer.Faults()[i].Effect == chaos.EffectLateCommit
		layer.Clear(name)
		if late {
			layer.Settle()
		}
		return nil
	}
	return w.turn(name, false)
}

// InjectCustom puts a fault of one's own in front of a service, in place of a custom one of the same name. A name of the
// catalogue is ErrFaultName.
func (w *World) InjectCustom(service Service, f chaos.Fault) error {
	if !service.Valid() {
		return fmt.Errorf("service %q: it is one of raynet, graph, authority", service)
	}
	if !f.Effect.Valid() {
		return fmt.Errorf("effect %q of fault %q: unknown", f.Effect, f.Name)
	}
	if f.Name == "" || w.listed(f.Name) {
		return fmt.Errorf("%w %q is taken by the catalogue: choose another one for a fault of your own", ErrFaultName, f.Name)
	}
	for _, other := range services() {
		w.layer(other).Clear(f.Name)
	}
	w.layer(service).Set(f)
	return nil
}

// listed tells whether a name belongs to the catalogue.
func (w *World) listed(name string) bool {
	key, _, _ := strings.Cut(name, ":")
	return w.isRaynet(name) || w.isOutlook(key)
}

func (w *World) isRaynet(name string) bool {
	return slices.ContainsFunc(w.Raynet.Faults(), func(f raynetemu.NamedFault) bool { return f.Name == name })
}

func (w *World) isOutlook(key string) bool {
	for _, f := range w.Outlook.Faults() {
		if f.Name == key {
			return true
		}
	}
	return false
}

func (w *World) turn(name string, on bool) error {
	key, _, named := strings.Cut(name, ":")
	switch {
	case w.isRaynet(name):
		if on {
			return w.Raynet.Inject(name)
		}
		return w.Raynet.Heal(name)
	case !w.isOutlook(key) || named && key != mailboxGone:
		return fmt.Errorf("%w %q is not known; there are: %s", ErrFaultName, name, strings.Join(w.faultNames(), " "))
	}
	change := w.Outlook.Heal
	if on {
		change = w.Outlook.Inject
	}
	if err := change(name); err != nil {
		return err
	}
	if key == mailboxGone {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.gone, name)
		if on {
			w.gone[name] = true
		}
	}
	return nil
}

// faultNames lists the names of the catalogue.
func (w *World) faultNames() []string {
	var names []string
	for _, f := range w.catalogue() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}
