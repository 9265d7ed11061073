#!/usr/bin/env bash
# Zaregistruje aplikaci pro Raynet Outlook Sync v Microsoft Entra ID: čtyři oprávnění, souhlas správce a tajný kód
# Potřebuje Azure CLI a účet s rolí Globální správce; nejsnáze jde spustit v Azure Cloud Shell (Bash)
set -euo pipefail

name='Raynet Outlook Sync'
graph=00000003-0000-0000-c000-000000000000
roles=(
  df021288-bdef-4463-88db-98f22de89214 # User.Read.All
  ef54d2bf-783f-4e0f-bca1-3210c0444d99 # Calendars.ReadWrite
  6918b873-d17a-4dc1-b314-35f528134491 # Contacts.ReadWrite
  44e666d1-d276-445b-a5fc-8815eeb81d55 # Tasks.ReadWrite.All
)

# Co právě vzniklo, Microsoft chvíli všude nezná: zkouší se dvě minuty
patiently() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
    if "$@"; then return 0; fi
    sleep 10
  done
  echo 'Microsoft o tom, co vzniklo, stále neví. Spusťte skript znovu za čtvrt hodiny' >&2
  return 1
}

az account show --output none 2>/dev/null || az login --allow-no-subscriptions --output none
tenant=$(az account show --query tenantId --output tsv)

# Aplikace, která už existuje, se použije; druhá nevznikne
client=$(az ad app list --filter 'displayName eq '\''Raynet Outlook Sync'\''' --query '[].appId' --output tsv | tr -d '\r')
if [ "$(printf '%s\n' "$client" | grep -c .)" -gt 1 ]; then
  echo 'Aplikací tohoto jména je v tenantu víc. Přebytečné smažte, nebo ve skriptu změňte jméno' >&2
  exit 1
fi
if [ -z "$client" ]; then
  # O která oprávnění Microsoft Graphu aplikace žádá
  access=$(printf ',{"id":"%s","type":"Role"}' "${roles[@]}")
  client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv \
    --required-resource-accesses "[{\"resourceAppId\":\"$graph\",\"resourceAccess\":[${access#,}]}]" | tr -d '\r')
fi

# Aplikace, jak pracuje v tomto tenantu (podniková aplikace)
if ! az ad sp show --id "$client" --output none 2>/dev/null; then
  patiently az ad sp create --id "$client" --output none
fi
principal=$(patiently az ad sp show --id "$client" --query id --output tsv | tr -d '\r')
resource=$(az ad sp show --id "$graph" --query id --output tsv | tr -d '\r')

# Souhlas správce: každé oprávnění se udělí jednou
assignments="https://graph.microsoft.com/v1.0/servicePrincipals/$principal/appRoleAssignments"
for role in "${roles[@]}"; do
  granted=$(patiently az rest --method GET --uri "$assignments" --query "value[?appRoleId=='$role'].id" --output tsv)
  if [ -z "$granted" ]; then
    patiently az rest --method POST --uri "$assignments" --output none --headers 'Content-Type=application/json' \
      --body "{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$role\"}"
  fi
done

# Tajný kód se ukáže jen jednou. Odmítne-li zásada organizace dva roky, nahraďte --years 2 za --end-date 2027-01-31
secret=$(az ad app credential reset --id "$client" --append --display-name raynetsync --years 2 --query password --output tsv --only-show-errors | tr -d '\r')

echo
echo 'Hodnoty pro nastavení serveru (tajný kód si uložte, znovu se nezobrazí):'
printf 'RAYNETSYNC_MICROSOFT_TENANT_ID=%s\n' "$tenant"
printf 'RAYNETSYNC_MICROSOFT_CLIENT_ID=%s\n' "$client"
printf 'RAYNETSYNC_MICROSOFT_CLIENT_SECRET=%s\n' "$secret"
echo
printf '%s %s\n' 'ID objektu podnikové aplikace pro skript Exchange:' "$principal"
