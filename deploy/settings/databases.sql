-- One database for each service, and one that stands for the relayer's. The guard does not start with a role that may
-- write there.
CREATE DATABASE oracle;
CREATE DATABASE ccip;
CREATE DATABASE guard;
CREATE DATABASE gateway;
CREATE DATABASE console;
CREATE DATABASE relayer;
CREATE ROLE guard_reader LOGIN PASSWORD 'local';
