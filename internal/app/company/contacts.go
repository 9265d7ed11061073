package company

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
)

// The people whom the users know: RAYNET's contact persons and the contacts of Outlook.

// Client is a company in the CRM.
type Client struct {
	Name, City  string
	Domain      string
	Phone       string
	Street, Zip string
}

// RaynetCompany returns the client as a RAYNET company.
func (c Client) RaynetCompany() map[string]any {
	return map[string]any{"name": c.Name, "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER", "addresses": []any{map[string]any{
		"address":     map[string]any{"name": "Sídlo", "street": c.Street, "city": c.City, "zipCode": c.Zip, "country": "CZ"},
		"contactInfo": map[string]any{"tel1": c.Phone, "tel1Type": "pevná linka"}}}}
}

// Contact is a person in the CRM: somebody at a client, or whom a user knows otherwise.
type Contact struct {
	FirstName, LastName string
	Client              int // -1: none
	Owner               int // user; -1: nobody in particular
	Email, Phone, Job   string
	// Reach is what contactInfo has besides e-mail and mobile phone, Fields everything else: RAYNET's own JSON.
	Reach, Fields map[string]any
}

// Name returns the full name.
func (c Contact) Name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// Body returns the contact as a RAYNET person, with the ids filled in.
func (c Contact) Body(ids IDs) map[string]any {
	reach := map[string]any{"email": c.Email, "tel1": c.Phone, "tel1Type": "mobil"}
	maps.Copy(reach, c.Reach)
	body := map[string]any{"firstName": c.FirstName, "lastName": c.LastName, "contactInfo": reach}
	maps.Copy(body, c.Fields)
	if c.Owner >= 0 {
		body["owner"] = ids.Users[c.Owner]
	}
	if c.Client >= 0 {
		body["relationship"] = map[string]any{"company": ids.Clients[c.Client], "type": c.Job}
	}
	return body
}

// Card is a contact of an Outlook mailbox.
type Card struct {
	User int // whose mailbox
	// Private ones lie in the default folder, the others in the one named Container.
	Private bool
	// Body is Graph's own JSON.
	Body map[string]any
}

// Container is what the contact folder and the To Do list are called that RAYNET is kept in step with.
const Container = "RAYNET"

// addressBook fills one user's contacts on both sides.
type addressBook struct {
	*Company
	user  int
	rng   *rand.Rand
	taken map[string]bool // addresses
	next  int             // the next of Contacts that might be this user's
	own   int             // what was entered so far
}

// hasContainer tells which users made folder and list by hand before anybody synchronised them: two of three.
func hasContainer(user int) bool { return user%3 != 2 }

// fillContacts enters everybody's contacts.
func (c *Company) fillContacts(options Options, rng *rand.Rand) {
	taken := map[string]bool{}
	for _, contact := range c.Contacts {
		taken[contact.Email] = true
	}
	known := len(c.Contacts)
	for user := range c.Users {
		b := &addressBook{Company: c, user: user, rng: rng, taken: taken}
		if options.Plain {
			b.plain(options.Items)
			continue
		}
		b.fill(options.Items/2, known)
	}
}

// fill enters the believable mixture; known is how many of Contacts are of everybody's.
func (b *addressBook) fill(count, known int) {
	for _, special := range b.specials() {
		special()
		b.own++
	}
	for ; b.own < count; b.own++ {
		switch n := b.rng.IntN(100); {
		case n < 60 && b.adopt(known):
		case n < 75:
			b.person(b.rng.IntN(len(b.Clients)))
		case n < 83:
			b.person(-1)
		case n < 92 && hasContainer(b.user):
			b.newcomer()
		default:
			b.friend()
		}
	}
}

// specials are what a visitor will look for.
func (b *addressBook) specials() []func() {
	client := func() int { return b.rng.IntN(len(b.Clients)) }
	out := []func(){func() { b.person(client()) }, func() { b.person(-1) }, b.full, b.friend}
	if hasContainer(b.user) {
		out = append(out, b.onBothSides, b.newcomer, b.stranger, b.nameless)
	}
	return out
}

// adopt makes one of the people at the user's clients his contact; it reports false when there is none left.
func (b *addressBook) adopt(known int) bool {
	for ; b.next < known; b.next++ {
		if contact := &b.Contacts[b.next]; contact.Owner < 0 && contact.Client%len(b.Users) == b.user {
			contact.Owner = b.user
			b.adorn(contact)
			return true
		}
	}
	return false
}

// invent makes up somebody with an address of his own; client -1 is a person without an employer.
func (b *addressBook) invent(client int) Contact {
	given, families := givenNames(), familyNames()
	first, family := given[b.rng.IntN(len(given))], families[b.rng.IntN(len(families))]
	last, domain := family[0], "posta.example.cz"
	if first.female {
		last = family[1]
	}
	contact := Contact{FirstName: first.first, LastName: last, Client: client, Owner: b.user}
	if client >= 0 {
		domain, contact.Job = b.Clients[client].Domain, jobs()[b.rng.IntN(len(jobs()))]
	}
	local := plainASCII(first.first) + "." + plainASCII(last)
	contact.Email = local + "@" + domain
	for n := 2; b.taken[contact.Email]; n++ {
		contact.Email = fmt.Sprintf("%s%d@%s", local, n, domain)
	}
	b.taken[contact.Email] = true
	contact.Phone = phone(100_000 + len(b.taken))
	return contact
}

// adorn adds what only some people tell of themselves.
func (b *addressBook) adorn(contact *Contact) {
	contact.Reach, contact.Fields = map[string]any{}, map[string]any{}
	if b.rng.IntN(3) == 0 {
		contact.Reach["tel2"], contact.Reach["tel2Type"] = phone(700_000+b.rng.IntN(100_000)), "pevná linka"
	}
	if b.rng.IntN(4) == 0 {
		contact.Fields["titleBefore"] = []string{"Ing.", "Mgr.", "Ing. arch."}[b.rng.IntN(3)]
	}
	if b.rng.IntN(4) == 0 {
		contact.Fields["birthday"] = fmt.Sprintf("%d-%02d-%02d", 1958+b.rng.IntN(40), 1+b.rng.IntN(12), 1+b.rng.IntN(28))
	}
	if b.rng.IntN(3) == 0 {
		contact.Fields["tags"] = []any{[]string{"VIP", "dodavatel", "veletrh", "novoroční přání"}[b.rng.IntN(4)]}
	}
	if b.rng.IntN(4) == 0 {
		contact.Fields["notice"] = "<p>" + []string{"Volat až odpoledne.", "Rozhoduje o nákupu oken.", "Známe se z veletrhu.", "Doporučil nás ředitel."}[b.rng.IntN(4)] + "</p>"
	}
	if contact.Client < 0 || b.rng.IntN(5) == 0 {
		n := b.rng.IntN(1000)
		contact.Fields["privateAddress"] = map[string]any{"street": street(n), "city": "Brno", "zipCode": zip(n), "country": "CZ"}
	}
}

// person is somebody whom the user has in RAYNET.
func (b *addressBook) person(client int) {
	contact := b.invent(client)
	b.adorn(&contact)
	b.Contacts = append(b.Contacts, contact)
}

// full has everything that RAYNET can say of a person, and a birthday that comes once in four years.
func (b *addressBook) full() {
	contact := b.invent(b.rng.IntN(len(b.Clients)))
	contact.Reach = map[string]any{"email2": "osobni." + contact.Email, "tel2": phone(800_000 + b.user), "tel2Type": "domů", "www": "https://www." + b.Clients[contact.Client].Domain}
	contact.Fields = map[string]any{"titleBefore": "Ing.", "titleAfter": "Ph.D.", "birthday": "1980-02-29", "tags": []any{"VIP", "veletrh"},
		"notice":         "<p>Hlavní kontakt pro montáže.</p><p>Volat <b>až odpoledne</b>.</p>",
		"privateAddress": map[string]any{"street": "Obchodná 5", "city": "Bratislava", "zipCode": "811 06", "country": "SK"}}
	b.Contacts = append(b.Contacts, contact)
}

// card enters somebody in the user's Outlook.
func (b *addressBook) card(contact Contact, private bool, more map[string]any) {
	body := map[string]any{"givenName": contact.FirstName, "surname": contact.LastName, "displayName": contact.Name(), "mobilePhone": contact.Phone,
		"emailAddresses": []any{map[string]any{"name": contact.Name(), "address": contact.Email}}}
	if contact.Client >= 0 {
		body["companyName"], body["jobTitle"] = b.Clients[contact.Client].Name, contact.Job
	}
	maps.Copy(body, more)
	b.Cards = append(b.Cards, Card{User: b.user, Private: private, Body: body})
}

// newcomer was written down in Outlook, in the folder that RAYNET sees.
func (b *addressBook) newcomer() {
	n := b.rng.IntN(1000)
	b.card(b.invent(b.rng.IntN(len(b.Clients))), false, map[string]any{"personalNotes": "Vizitka z veletrhu.", "categories": []any{"veletrh"},
		"businessPhones": []any{phone(300_000 + n)}})
}

// stranger works for somebody whom the CRM does not know.
func (b *addressBook) stranger() {
	b.card(b.invent(-1), false, map[string]any{"companyName": "Kamenictví U Potoka", "jobTitle": "majitel", "birthday": "1971-06-15T11:59:00Z",
		"homeAddress": map[string]any{"street": street(b.user), "city": "Wien", "postalCode": "1010", "countryOrRegion": "Rakousko"}})
}

// nameless is a note that somebody made into a contact.
func (b *addressBook) nameless() {
	b.Cards = append(b.Cards, Card{User: b.user, Body: map[string]any{"personalNotes": "Zjistit číslo na vrátnici."}})
}

// friend is nobody else's business: it lies in the user's own folder.
func (b *addressBook) friend() {
	b.card(b.invent(-1), true, map[string]any{"birthday": "1990-05-01T11:59:00Z"})
}

// onBothSides was entered by hand in both services before anybody synchronised them.
func (b *addressBook) onBothSides() {
	contact := b.invent(b.rng.IntN(len(b.Clients)))
	b.Contacts = append(b.Contacts, contact)
	b.card(contact, false, nil)
}

// plain enters so many persons that each take exactly one request.
func (b *addressBook) plain(count int) {
	for i := range count {
		contact := b.invent(i % len(b.Clients))
		contact.Fields = map[string]any{"notice": "<p>Volat až odpoledne.</p>"}
		b.Contacts = append(b.Contacts, contact)
	}
}
