package admin_test

import (
	"strconv"
	"testing"
	"time"

	"raynetsync/internal/admin"
)

// A mailbox is given to another RAYNET user: what that user has had for long reaches it with the next synchronisation, although nothing
// of it changed in RAYNET and the change feed alone would not tell of it.
func TestAMailboxOfAnotherPersonGetsWhatThatPersonHas(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	const login = "another@sample.example"
	person, _ := o.raynet.AddUser(map[string]any{"firstName": "Eva", "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", officeZone)
	from := o.Clock().Add(72 * time.Hour)
	_, err := o.raynet.CreateAs(login, "meeting", map[string]any{"title": "Of Eva", "priority": "DEFAULT", "status": "SCHEDULED", "owner": person,
		"scheduledFrom": stamp(from), "scheduledTill": stamp(from.Add(time.Hour)), "participants": []any{map[string]any{"person": person, "owner": true}}})
	o.must(err)
	o.meeting("Of Jana", 3)
	o.enrol().quiet()
	o.copyOf("Of Jana")
	o.Settings.Overrides = []admin.UserOverride{{Mailbox: o.people[0].login, Raynet: strconv.FormatInt(person, 10)}}
	o.enrol().sync(false)
	o.copyOf("Of Eva")
}
