package crossing_test

import (
	"fmt"
	"maps"
	"testing"

	"raynetsync/internal/record"
)

// crossing is what is tried with a field that flows both ways.
type crossing struct {
	// first and second are what people type.
	first, second string
	// with is what the record has besides.
	with map[record.Field]string
	// none is what a cleared field shows; clear is what a person types to clear it.
	none, clear string
	// Exceptions: what RAYNET shows after somebody cleared the field in Outlook ("stays": what it showed), and that nobody can clear
	// it in RAYNET.
	staysInRaynet bool
	neverInRaynet bool
}

// contactCrossings has a case for every field of a contact that flows both ways.
func contactCrossings() map[record.Field]crossing {
	mobile, work := record.ContactMobile, record.ContactWork1
	return map[record.Field]crossing{
		record.ContactTitleBefore: {first: "Ing.", second: "prof. MUDr."},
		record.ContactFirst:       {first: "Petr", second: "Žofie-Ána"},
		record.ContactLast:        {first: "Malý", second: "من ב 🦄"},
		record.ContactTitleAfter:  {first: "Ph.D.", second: "CSc., MBA"},
		// A relation in RAYNET says more than a text that somebody emptied: it stays.
		record.ContactCompany: {first: "Alfa s.r.o.", second: "Beta & syn", staysInRaynet: true},
		record.ContactJob:     {first: "jednatel", second: "vedoucí „nákupu“", with: map[record.Field]string{record.ContactCompany: "Alfa s.r.o."}},
		record.ContactEmail1:  {first: "Petr.Maly@Klient.Example.CZ", second: "maly@klient.example.cz"},
		record.ContactEmail2: {first: "druhy@klient.example.cz", second: "JINY@klient.example.cz",
			with: map[record.Field]string{record.ContactEmail1: "prvni@klient.example.cz"}},
		record.ContactMobile: {first: "+420 777 111 222", second: "777 333 444"},
		record.ContactWork1:  {first: "+420 222 111 222", second: "222 333 444"},
		record.ContactWork2:  {first: "+420 222 111 223", second: "222 333 445", with: map[record.Field]string{work: "222 000 000"}},
		record.ContactHome1:  {first: "+420 533 111 222", second: "533 333 444", with: map[record.Field]string{mobile: "777 000 000"}},
		record.ContactHome2:  {first: "+420 533 111 223", second: "533 333 445", with: map[record.Field]string{record.ContactHome1: "533 000 000"}},
		record.ContactAddress: {first: "Dlouhá 1\nBrno\n\n602 00", second: "Krátká 2\nPraha\nČechy\n110 00",
			with: map[record.Field]string{record.ContactCountry: "CZ"}},
		record.ContactCountry:    {first: "CZ", second: "DE", with: map[record.Field]string{record.ContactAddress: "Dlouhá 1\nBrno"}},
		record.ContactWeb:        {first: "www.klient.example.cz", second: "https://klient.example.cz/?a=1&b=\"2\""},
		record.ContactBirthday:   {first: "1980-02-29", second: "1975-12-31"},
		record.ContactNotes:      {first: "První řádek\n\nDruhý <b>&", second: "Jiné 🎉\nposlední"},
		record.ContactCategories: {first: "Klíčový\nVIP", second: "Praha\nVIP"},
	}
}

// taskCrossings has a case for every field of a task that flows both ways.
func taskCrossings() map[record.Field]crossing {
	return map[record.Field]crossing{
		record.TaskSubject: {first: "Zavolat \"Petrovi\"", second: "Napsat 🎉 שלום", clear: "(bez předmětu)"},
		// RAYNET insists on a deadline: nobody can clear it there, and clearing it in Outlook changes nothing.
		record.TaskDue:        {first: "2026-11-05", second: "2028-02-29", staysInRaynet: true, neverInRaynet: true},
		record.TaskImportance: {first: "high", second: "low", none: "normal", clear: "normal"},
		record.TaskDone:       {first: "yes", second: "yes"},
		record.TaskBody:       {first: "První řádek\n\nDruhý <b>&", second: "Jiné 🎉\nposlední"},
		record.TaskCategories: {first: "Klíčový\nVIP", second: "Praha\nVIP"},
	}
}

func crossingsOf(kind record.Kind) map[record.Field]crossing {
	if kind == record.Tasks {
		return taskCrossings()
	}
	return contactCrossings()
}

// canonical is what both sides must show of what a person typed.
func canonical(name record.Field, typed string) record.Value {
	if name == record.ContactEmail1 || name == record.ContactEmail2 {
		return record.Email(typed)
	}
	return record.Value(typed)
}

// TestEveryFieldCrosses lets people set and clear every field of the schema on both sides, each on a record of its own.
func TestEveryFieldCrosses(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := setup(t, settings{})
			w.enrol(t, w.users[0], kind)
			c := course{w: w, t: t, kind: kind, cases: crossingsOf(kind), things: map[record.Field]thing{}, was: map[record.Field]record.Value{}}
			for _, spec := range record.SchemaOf(kind).Fields {
				if _, tried := c.cases[spec.Name]; spec.Flow == record.Both && !tried {
					t.Fatalf("%s flows both ways and has no case", spec.Name)
				}
			}
			c.make()
			c.step("set in RAYNET", record.Raynet, func(f crossing) string { return f.first })
			c.step("changed in Outlook", record.Outlook, func(f crossing) string { return f.second })
			c.step("cleared in RAYNET", record.Raynet, func(f crossing) string { return f.clear })
			c.step("set in Outlook", record.Outlook, func(f crossing) string { return f.first })
			c.step("changed in RAYNET", record.Raynet, func(f crossing) string { return f.second })
			c.step("cleared in Outlook", record.Outlook, func(f crossing) string { return f.clear })
			c.step("set in RAYNET again", record.Raynet, func(f crossing) string { return f.first })
			w.quiet(t)
		})
	}
}

// course is one record for each field, on which the same is done step by step.
type course struct {
	w      *world
	t      *testing.T
	kind   record.Kind
	cases  map[record.Field]crossing
	things map[record.Field]thing
	was    map[record.Field]record.Value // what RAYNET showed after the step before
}

func (c *course) fields() []record.Field {
	var out []record.Field
	for _, spec := range record.SchemaOf(c.kind).Fields {
		if spec.Flow == record.Both {
			out = append(out, spec.Name)
		}
	}
	return out
}

func (c *course) make() {
	for _, name := range c.fields() {
		th := c.w.makeInRaynet(c.t, c.w.users[0], c.kind, "Zkouška "+string(name))
		for with, value := range c.cases[name].with {
			c.w.set(c.t, th, record.Raynet, with, value)
		}
		c.things[name] = th
	}
	c.w.sync(c.t)
	for name, th := range c.things {
		c.things[name] = c.w.find(c.t, th)
	}
}

// makeInRaynet makes a record that has nothing but a name.
func (w *world) makeInRaynet(t tester, u *user, kind record.Kind, name string) thing {
	t.Helper()
	th := thing{user: u, kind: kind}
	body := map[string]any{"title": name, "owner": u.person, "priority": "DEFAULT", "status": "NEW", "deadline": "2026-10-30T23:59:00.000+01:00"}
	if kind == record.Contacts {
		body = map[string]any{"firstName": "Jan", "lastName": name, "owner": u.person}
	}
	var err error
	if th.raynet, err = w.raynet.CreateAs(u.login, th.entity(), body); err != nil {
		t.Fatalf("make %q in RAYNET: %v", name, err)
	}
	return th
}

// step does the same to every field and compares both sides after a synchronisation: the field itself, and that nothing else moved.
func (c *course) step(what string, side record.Side, value func(crossing) string) {
	c.t.Helper()
	others := map[record.Field]record.Fields{}
	for _, name := range c.fields() {
		f := c.cases[name]
		others[name] = c.others(name)
		if f.neverInRaynet && side == record.Raynet && value(f) == f.clear {
			continue
		}
		c.w.set(c.t, c.things[name], side, name, value(f))
	}
	c.w.sync(c.t)
	for _, name := range c.fields() {
		f := c.cases[name]
		want := canonical(name, value(f))
		cleared := value(f) == f.clear
		if cleared {
			want = record.Value(f.none)
		}
		inRaynet, inOutlook := want, want
		switch {
		case cleared && f.neverInRaynet && side == record.Raynet:
			inRaynet, inOutlook = c.was[name], c.was[name]
		case cleared && f.staysInRaynet && side == record.Outlook:
			inRaynet = c.was[name]
		}
		raynet, outlook := c.w.shows(c.things[name], record.Raynet), c.w.shows(c.things[name], record.Outlook)
		if raynet[name] != inRaynet || outlook[name] != inOutlook {
			c.t.Errorf("%s %s: RAYNET shows %q, want %q; Outlook shows %q, want %q", name, what, raynet[name], inRaynet, outlook[name], inOutlook)
		}
		if now := c.others(name); !maps.Equal(now, others[name]) {
			c.t.Errorf("%s %s: other fields moved: %v, were %v", name, what, now, others[name])
		}
		c.was[name] = raynet[name]
	}
	c.w.rest(c.t, what)
}

// others are the fields of a record that are not tried on it, of both sides; a job goes with its company.
func (c *course) others(name record.Field) record.Fields {
	out := record.Fields{}
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		for other, value := range c.w.shows(c.things[name], side) {
			spec, _ := record.SchemaOf(c.kind).Spec(other)
			if other != name && spec.Flow == record.Both {
				out[record.Field(fmt.Sprint(side, " ", other))] = value
			}
		}
	}
	return out
}
