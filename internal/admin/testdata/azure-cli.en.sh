#!/usr/bin/env bash
# Registers the application for Raynet Outlook Sync in Microsoft Entra ID: four permissions, the admin consent and a client secret
# Needs the Azure CLI and an account with the role Global Administrator; easiest to run in Azure Cloud Shell (Bash)
set -euo pipefail

name='Raynet Outlook Sync'
graph=00000003-0000-0000-c000-000000000000
roles=(
  df021288-bdef-4463-88db-98f22de89214 # User.Read.All
  ef54d2bf-783f-4e0f-bca1-3210c0444d99 # Calendars.ReadWrite
  6918b873-d17a-4dc1-b314-35f528134491 # Contacts.ReadWrite
  44e666d1-d276-445b-a5fc-8815eeb81d55 # Tasks.ReadWrite.All
)

# What was just made is not known everywhere for a while: each command is tried for two minutes
patiently() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
    if "$@"; then return 0; fi
    sleep 10
  done
  echo 'Microsoft still does not know what was made. Run the script again in a quarter of an hour' >&2
  return 1
}

az account show --output none 2>/dev/null || az login --allow-no-subscriptions --output none
tenant=$(az account show --query tenantId --output tsv)

# An application that is there already is used; no second one is made
client=$(az ad app list --filter 'displayName eq '\''Raynet Outlook Sync'\''' --query '[].appId' --output tsv | tr -d '\r')
if [ "$(printf '%s\n' "$client" | grep -c .)" -gt 1 ]; then
  echo 'There are several applications of this name in the tenant. Delete the others, or change the name in the script' >&2
  exit 1
fi
if [ -z "$client" ]; then
  # Which permissions of Microsoft Graph the application asks for
  access=$(printf ',{"id":"%s","type":"Role"}' "${roles[@]}")
  client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv \
    --required-resource-accesses "[{\"resourceAppId\":\"$graph\",\"resourceAccess\":[${access#,}]}]" | tr -d '\r')
fi

# The application as it works in this tenant (enterprise application)
if ! az ad sp show --id "$client" --output none 2>/dev/null; then
  patiently az ad sp create --id "$client" --output none
fi
principal=$(patiently az ad sp show --id "$client" --query id --output tsv | tr -d '\r')
resource=$(az ad sp show --id "$graph" --query id --output tsv | tr -d '\r')

# The admin consent: each permission is granted once
assignments="https://graph.microsoft.com/v1.0/servicePrincipals/$principal/appRoleAssignments"
for role in "${roles[@]}"; do
  granted=$(patiently az rest --method GET --uri "$assignments" --query "value[?appRoleId=='$role'].id" --output tsv)
  if [ -z "$granted" ]; then
    patiently az rest --method POST --uri "$assignments" --output none --headers 'Content-Type=application/json' \
      --body "{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$role\"}"
  fi
done

# The client secret is shown only once. If a policy refuses two years, replace --years 2 by --end-date 2027-01-31
secret=$(az ad app credential reset --id "$client" --append --display-name raynetsync --years 2 --query password --output tsv --only-show-errors | tr -d '\r')

echo
echo 'Values for the server'\''s configuration (keep the client secret, it is not shown again):'
printf 'RAYNETSYNC_MICROSOFT_TENANT_ID=%s\n' "$tenant"
printf 'RAYNETSYNC_MICROSOFT_CLIENT_ID=%s\n' "$client"
printf 'RAYNETSYNC_MICROSOFT_CLIENT_SECRET=%s\n' "$secret"
echo
printf '%s %s\n' 'Object ID of the enterprise application, for the Exchange script:' "$principal"
