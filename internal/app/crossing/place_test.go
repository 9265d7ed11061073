package crossing_test

import (
	"testing"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// TestNoPlaceForAnAddress: what a person wrote in RAYNET in both places for an address is written over by none of Outlook's, which stay
// there alone.
func TestNoPlaceForAnAddress(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{})
	w.enrol(t, w.users[0], record.Contacts)
	th := w.makeInRaynet(t, w.users[0], record.Contacts, "Malý")
	w.set(t, th, record.Raynet, record.ContactEmail1, "zavolat, nepsat")
	w.set(t, th, record.Raynet, record.ContactEmail2, "viz poznámka")
	w.sync(t)
	th = w.find(t, th)
	w.set(t, th, record.Outlook, record.ContactEmail1, "info@firma.example.cz")
	w.set(t, th, record.Outlook, record.ContactMobile, "777 111 222")
	w.sync(t)
	a, _ := w.raynet.Get("person", th.raynet)
	reach, shown := stage.Object(a["contactInfo"]), w.shows(th, record.Outlook)
	if reach["email"] != "zavolat, nepsat" || reach["email2"] != "viz poznámka" || reach["tel1"] != "777 111 222" {
		t.Errorf("RAYNET holds %v", reach)
	}
	if shown[record.ContactEmail1] != "info@firma.example.cz" {
		t.Errorf("Outlook shows the address %q", shown[record.ContactEmail1])
	}
	w.rest(t, "an address that found no place")
	w.quiet(t)
}

// TestWhoIsCalledNothing: nothing of a contact is carried while there is nothing by which to call somebody, and all of it afterwards.
func TestWhoIsCalledNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{})
	w.enrol(t, w.users[0], record.Contacts)
	th := w.makeInRaynet(t, w.users[0], record.Contacts, "Malý")
	w.sync(t)
	th = w.find(t, th)
	want := func(when string, raynet, outlook record.Fields) {
		t.Helper()
		for side, fields := range map[record.Side]record.Fields{record.Raynet: raynet, record.Outlook: outlook} {
			shown := w.shows(th, side)
			for name, value := range fields {
				if shown[name] != value {
					t.Errorf("%s: %s shows %s %q, want %q", when, side, name, shown[name], value)
				}
			}
		}
	}
	w.set(t, th, record.Outlook, record.ContactFirst, "")
	w.set(t, th, record.Outlook, record.ContactLast, "")
	w.set(t, th, record.Outlook, record.ContactTitleBefore, "Ing.")
	w.set(t, th, record.Outlook, record.ContactTitleAfter, "Ph.D.")
	w.set(t, th, record.Raynet, record.ContactMobile, "777 111 222")
	w.sync(t)
	want("called nothing", record.Fields{record.ContactFirst: "Jan", record.ContactLast: "Malý", record.ContactTitleBefore: ""},
		record.Fields{record.ContactFirst: "", record.ContactLast: "", record.ContactMobile: ""})
	w.rest(t, "called nothing")
	w.set(t, th, record.Outlook, record.ContactLast, "Velký")
	w.sync(t)
	both := record.Fields{record.ContactFirst: "", record.ContactLast: "Velký", record.ContactTitleBefore: "Ing.", record.ContactMobile: "777 111 222"}
	want("called something", both, both)
	w.rest(t, "called something")
	w.quiet(t)
}
