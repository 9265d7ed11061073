package company

import (
	"fmt"
	"math/rand/v2"
)

type name struct {
	first, last string
	female      bool
}

func staff() []name {
	return []name{
		{"Jana", "Nováková", true}, {"Petr", "Svoboda", false}, {"Eva", "Dvořáková", true}, {"Tomáš", "Černý", false},
		{"Lucie", "Procházková", true}, {"Martin", "Kučera", false}, {"Kateřina", "Veselá", true}, {"Jakub", "Horák", false},
		{"Hana", "Němcová", true}, {"Ondřej", "Pokorný", false}, {"Markéta", "Marešová", true}, {"Pavel", "Hájek", false},
	}
}

// hire fills Users. After the first dozen, names repeat with a number.
func (c *Company) hire(count int) {
	jobs := []string{"Obchodní ředitelka", "Obchodní zástupce", "Vedoucí zakázek", "Technik", "Account manager", "Stavbyvedoucí"}
	people := staff()
	for i := range count {
		person := people[i%len(people)]
		last, address := person.last, plainASCII(person.first)+"."+plainASCII(person.last)
		if round := i / len(people); round > 0 {
			last = fmt.Sprintf("%s %d", last, round+1)
			address = fmt.Sprintf("%s%d", address, round+1)
		}
		role := "FULL_THROTTLE"
		if i == 0 {
			role = "ADMIN"
		}
		c.Users = append(c.Users, User{FirstName: person.first, LastName: last, Female: person.female,
			Email: address + "@" + c.Domain, Role: role, Job: jobs[i%len(jobs)], Phone: phone(1000 + i)})
	}
}

// meetClients fills Clients and Contacts, one to three people each.
func (c *Company) meetClients(rng *rand.Rand, count int) {
	stems := []string{"Albatros", "Beskyd", "Castor", "Dřevona", "Elektromont", "Frýdlant", "Granit", "Horal", "Izolace", "Javor",
		"Kovárna", "Lípa", "Moravan", "Nábytek", "Ostrava", "Panorama", "Radhošť", "Sklárny", "Truhlářství", "Vltava"}
	trades := []string{"Stav", "Trade", "Servis", "Reality", "Group", "Invest", "Projekt", "Logistik"}
	forms := []string{"s.r.o.", "a.s.", "s.r.o.", "v.o.s.", "spol. s r.o."}
	cities := []string{"Brno", "Ostrava", "Olomouc", "Zlín", "Praha", "Jihlava", "Opava", "Přerov", "Třebíč", "Kroměříž"}
	first, last, jobs := givenNames(), familyNames(), jobs()
	offset := rng.IntN(len(stems))
	for i := range count {
		stem, trade := stems[(i+offset)%len(stems)], trades[(i/len(stems))%len(trades)]
		domain := plainASCII(stem) + "-" + plainASCII(trade)
		if round := i / (len(stems) * len(trades)); round > 0 {
			trade = fmt.Sprintf("%s %d", trade, round+1)
			domain = fmt.Sprintf("%s%d", domain, round+1)
		}
		c.Clients = append(c.Clients, Client{Name: stem + " " + trade + " " + forms[rng.IntN(len(forms))],
			City: cities[rng.IntN(len(cities))], Domain: domain + ".example.com", Phone: phone(500_000 + i), Street: street(i), Zip: zip(i)})
		people := 1 + rng.IntN(3)
		start := rng.IntN(len(first))
		for k := range people {
			given := first[(start+k)%len(first)]
			surname := last[rng.IntN(len(last))]
			family := surname[0]
			if given.female {
				family = surname[1]
			}
			c.Contacts = append(c.Contacts, Contact{FirstName: given.first, LastName: family, Client: i, Owner: -1,
				Email: plainASCII(given.first) + "." + plainASCII(family) + "@" + domain + ".example.com",
				Phone: phone(20000 + len(c.Contacts)), Job: jobs[rng.IntN(len(jobs))]})
		}
	}
}

// givenNames are those of the people outside.
func givenNames() []name {
	return []name{{first: "Jiří"}, {first: "Zdeněk"}, {first: "Milan"}, {first: "Radek"}, {first: "Alena", female: true},
		{first: "Ivana", female: true}, {first: "Monika", female: true}, {first: "Vladimír"}, {first: "Šárka", female: true}, {first: "Roman"}}
}

// familyNames are pairs of what a man and a woman of a family are called.
func familyNames() [][2]string {
	return [][2]string{{"Krejčí", "Krejčí"}, {"Beneš", "Benešová"}, {"Fiala", "Fialová"}, {"Sedláček", "Sedláčková"}, {"Doležal", "Doležalová"},
		{"Zeman", "Zemanová"}, {"Kolář", "Kolářová"}, {"Urban", "Urbanová"}, {"Vaněk", "Vaňková"}, {"Blažek", "Blažková"}, {"Kříž", "Křížová"},
		{"Bartoš", "Bartošová"}, {"Říha", "Říhová"}, {"Vlček", "Vlčková"}}
}

func jobs() []string {
	return []string{"jednatel", "nákup", "technický ředitel", "stavbyvedoucí", "účetní", "projektant"}
}

// street and zip make up the n-th address.
func street(n int) string {
	names := []string{"Lipová", "Nádražní", "Husova", "Zahradní", "Polní", "Školní", "Mlýnská", "Na Kopci", "Dlouhá", "Květná", "Pod Lesem"}
	return fmt.Sprintf("%s %d", names[n%len(names)], 1+n*7%190)
}

func zip(n int) string { return fmt.Sprintf("6%02d %02d", n*13%100, n*29%100) }

// contactsOf returns the people at a client.
func (c *Company) contactsOf(client int) []int {
	var out []int
	for i, contact := range c.Contacts {
		if contact.Client == client {
			out = append(out, i)
		}
	}
	return out
}
