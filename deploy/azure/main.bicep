// Notify on Azure Container Apps: silos and edges, membership in a storage table by managed identity, the log in PostgreSQL.
// az deployment group create -g <group> -f deploy/azure/main.bicep -p siloImage=… edgeImage=… registry=… databasePassword=… tokenKey=…
// Images are built with --build-arg "NotifyClusteringProviders=AdoNet;AzureStorage".

param location string = resourceGroup().location
@description('Prefix of all names; lower case letters and digits.')
@minLength(3)
@maxLength(12)
param name string = 'notify'
param siloImage string
param edgeImage string
@description('Login server of the container registry, such as example.azurecr.io; the identity needs AcrPull there.')
param registry string
@secure()
param databasePassword string
@description('Public key (PEM) that clients\' tokens are checked with (RS256).')
param tokenKey string
@description('Hash of a publisher\'s key, printed by "make-key".')
@secure()
param publisherKeyHash string
@minValue(2)
param silos int = 2
@minValue(2)
param edges int = 2
@description('Most edges that are started by themselves.')
param edgesMost int = 10
@description('Connections of one edge at which another one is started.')
param connectionsPerEdge int = 5000

var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-identity'
  location: location
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: '${name}${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false // managed identity alone
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource tableAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, identity.id, tableContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableContributor)
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' }
  properties: {
    version: '17'
    administratorLogin: 'notify'
    administratorLoginPassword: databasePassword
    storage: { storageSizeGB: 64, autoGrow: 'Enabled' }
    highAvailability: { mode: 'ZoneRedundant' }
  }

  resource notify 'databases' = {
    name: 'notify'
  }

  // From inside Azure; a private network is better where there is one.
  resource azure 'firewallRules' = {
    name: 'azure'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: '${name}-environment'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: { customerId: logs.properties.customerId, sharedKey: logs.listKeys().primarySharedKey }
    }
  }
}

var clustering = [
  { name: 'Notify__Clustering', value: 'AzureStorage' }
  { name: 'Notify__Cluster__ServiceUri', value: storage.properties.primaryEndpoints.table }
  { name: 'Notify__Cluster__ManagedIdentityClientId', value: identity.properties.clientId }
]

resource silo 'Microsoft.App/containerApps@2024-03-01' = {
  name: '${name}-silo'
  location: location
  dependsOn: [tableAccess]
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    environmentId: environment.id
    configuration: {
      // No ingress: silos and edges speak to each replica's own address.
      activeRevisionsMode: 'Single'
      registries: [{ server: registry, identity: identity.id }]
      secrets: [
        {
          name: 'log'
          value: 'Host=${database.properties.fullyQualifiedDomainName};Username=notify;Password=${databasePassword};Database=notify;SSL Mode=VerifyFull'
        }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'silo'
          image: siloImage
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: concat(clustering, [
            { name: 'Notify__Log__Store', value: 'Postgres' }
            { name: 'Notify__Log__ConnectionString', secretRef: 'log' }
          ])
          probes: [
            { type: 'Startup', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 2, failureThreshold: 60 }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 5 } // active, and PostgreSQL takes writes
            { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 }, periodSeconds: 10 }
          ]
        }
      ]
      scale: { minReplicas: silos, maxReplicas: silos }
    }
  }
}

resource edge 'Microsoft.App/containerApps@2024-03-01' = {
  name: '${name}-edge'
  location: location
  dependsOn: [tableAccess]
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    environmentId: environment.id
    configuration: {
      activeRevisionsMode: 'Single'
      // WebSocket and server-sent events go through as they are; clients may come back to any edge.
      ingress: { external: true, targetPort: 8080, transport: 'http', stickySessions: { affinity: 'none' } }
      registries: [{ server: registry, identity: identity.id }]
      secrets: [{ name: 'publisher', value: publisherKeyHash }]
    }
    template: {
      terminationGracePeriodSeconds: 60 // longer than a drain (Notify:Edge:DrainLimit)
      containers: [
        {
          name: 'edge'
          image: edgeImage
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: concat(clustering, [
            { name: 'ASPNETCORE_URLS', value: 'http://+:8080' }
            { name: 'Notify__Authentication__Keys__0__Id', value: 'clients' }
            { name: 'Notify__Authentication__Keys__0__Algorithm', value: 'RS256' }
            { name: 'Notify__Authentication__Keys__0__PublicKey', value: tokenKey }
            { name: 'Notify__Publishers__Keys__0__Name', value: 'services' }
            { name: 'Notify__Publishers__Keys__0__Hash', secretRef: 'publisher' }
          ])
          probes: [
            { type: 'Startup', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 2, failureThreshold: 60 }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: 8080 }, periodSeconds: 5 }
            { type: 'Liveness', httpGet: { path: '/health/live', port: 8080 }, periodSeconds: 10 }
          ]
        }
      ]
      scale: {
        minReplicas: edges
        maxReplicas: edgesMost
        // A WebSocket or an event stream is one request that goes on.
        rules: [{ name: 'connections', http: { metadata: { concurrentRequests: string(connectionsPerEdge) } } }]
      }
    }
  }
}

output address string = 'https://${edge.properties.configuration.ingress.fqdn}'
